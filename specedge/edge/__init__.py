"""The robot side: decodes commands together with a verifier, without torch in this process."""
