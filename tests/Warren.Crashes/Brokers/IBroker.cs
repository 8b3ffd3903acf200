namespace Warren.Crashes.Brokers;

/// <summary>A broker as one or more processes on one data folder.</summary>
internal interface IBroker : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    Uri Uri { get; }

    /// <summary>The process that keeps the data.</summary>
    int ProcessId { get; }

    /// <summary>SIGKILL, and the wait for its end.</summary>
    Task KillAsync();
}
