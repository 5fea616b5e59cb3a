"""Stateful simulators of the five products, on real sockets."""
