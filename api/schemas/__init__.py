"""Bodies of requests and answers, by domain."""
