"""What is wrong with a gateway itself, rather than with the machines it reads: one open alarm of a kind."""
