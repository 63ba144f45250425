"""The log as a Logboek Dataverwerkingen (Logius, 1.0): one record per data subject, sent to the collectors of
organisations by the OpenTelemetry protocol.

Nothing waits in memory: what is sent is read from the log itself, from the place that a collector acknowledged last.
"""
