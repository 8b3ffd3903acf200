namespace Warren.Chaos;

/// <summary>The broker of a run, and what can be done to it.</summary>
internal interface IBrokerUnderTest : IAsyncDisposable
{
    string Name { get; }

    /// <summary>One URI for each node.</summary>
    IReadOnlyList<Uri> Nodes { get; }

    /// <summary>Takes no messages for so long, as when it is low on memory.</summary>
    Task RaiseAlarmAsync(TimeSpan time);

    /// <summary>Faults that only this broker can have, by name.</summary>
    IReadOnlyList<(string Name, Func<Task> Happen)> Faults { get; }

    /// <summary>What else the report says of this broker, and how much of it.</summary>
    IReadOnlyList<(string What, long Count)> Figures => [];

    /// <summary>The run is over: what the broker says when it ends is heard too.</summary>
    Task EndAsync() => Task.CompletedTask;

    /// <summary>What the broker has said that it should not have had to say.</summary>
    IReadOnlyList<string> Complaints => [];
}
