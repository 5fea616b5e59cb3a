"""Cisco Prime Infrastructure (and EPN Manager): the webacs northbound REST API, simulated."""
