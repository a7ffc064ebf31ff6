"""What the agent reads from: OPC UA servers, JSON devices and Sparkplug B edge nodes at MQTT brokers."""
