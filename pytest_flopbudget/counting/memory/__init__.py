"""Bytes on a device: lifetimes of activations, their places, and the weights."""
