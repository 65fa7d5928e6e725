"""Kubernetes manifests → observations: workloads, what they are reached by, and what they call."""
