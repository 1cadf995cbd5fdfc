"""Links and computers that are not here: delays, outages and slow models, made on one machine."""
