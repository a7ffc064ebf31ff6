"""A plant to try Forewarn on: OPC UA machines, MQTT devices, faults, replayed recordings."""
