"""The only place that knows torch: building models, guarding them, and tracing them on shapes."""
