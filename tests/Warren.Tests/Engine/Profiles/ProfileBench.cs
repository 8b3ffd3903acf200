using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Brokers by the name of their profile.</summary>
public abstract class ProfileBench : IDisposable
{
    private readonly List<EngineHarness> _brokers = [];

    /// <summary>The one that was opened last.</summary>
    private protected EngineHarness Broker => _brokers[^1];

    public void Dispose()
    {
        _brokers.ForEach(static broker => broker.Dispose());
        GC.SuppressFinalize(this);
    }

    private protected TestChannel Open(string profile, EngineOptions? options = null, bool takesCancel = true)
    {
        var broker = new EngineHarness((options ?? new EngineOptions()) with
        {
            Profile = profile switch
            {
                "3.10" => Profile.V310,
                "3.13" => Profile.V313,
                "4.2" => Profile.V42,
                _ => Profile.V43,
            },
        });
        _brokers.Add(broker);
        return broker.OpenChannel(takesCancel);
    }
}
