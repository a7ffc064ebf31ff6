"""Edge gateways: made, shown, revoked, and whose tags belong to which asset."""
