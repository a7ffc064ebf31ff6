"""Work orders and complaints."""
