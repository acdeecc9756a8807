// Tests of Probes.
