namespace Warren.Simulation;

/// <summary>The simulated machine or process has stopped; nothing that belongs to it goes on.</summary>
public sealed class PowerCutException() : Exception("The simulated machine has stopped.");
