"""The wire between robot and cloud: typed messages and the sockets that carry them."""
