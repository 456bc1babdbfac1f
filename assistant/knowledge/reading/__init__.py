"""Reads a file that nobody has vouched for. It runs in a process of its own, without Django:

nothing here knows the database, the settings or the network.
"""
