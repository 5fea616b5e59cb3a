"""A simulated Commvault Web Server: jobs of a CommCell behind its REST API, in JSON and XML."""
