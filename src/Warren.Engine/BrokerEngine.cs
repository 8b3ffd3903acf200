namespace Warren.Engine;

/// <summary>
/// The broker as a state machine: a command goes in, effects come out. No clock, no socket, no thread, so a test can walk it one
/// step at a time.
/// </summary>
public sealed class BrokerEngine(EngineOptions options, IEffects effects, IEntropy entropy)
{
    /// <summary>What was settled.</summary>
    public EngineOptions Options { get; } = options;

    /// <summary>Takes one command. Everything the peer did wrong ends as a close frame, never as an exception.</summary>
    /// <param name="command">What happened.</param>
    /// <param name="now">The host's time, never running backwards.</param>
    public void Step(in Command command, DateTimeOffset now)
    {
        _ = effects;
        _ = entropy;
    }
}
