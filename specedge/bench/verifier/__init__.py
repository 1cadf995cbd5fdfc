"""One verifier and many robots: how many commands it decodes a second, and how long they wait."""
