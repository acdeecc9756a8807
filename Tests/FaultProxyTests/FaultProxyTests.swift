// Tests of FaultProxy.
