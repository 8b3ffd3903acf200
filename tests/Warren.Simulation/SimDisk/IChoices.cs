namespace Warren.Simulation;

/// <summary>Where a simulation's every choice comes from, so that one that failed can be made again, and made smaller.</summary>
public interface IChoices
{
    /// <summary>A number from 0 to below the bound. 0 is the tamest choice, where there is one.</summary>
    int Next(int bound);
}
