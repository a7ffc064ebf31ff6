"""The service desk's mailbox: letters become complaints and comments, answers go out on the same thread."""
