using Warren.Broker;
using Warren.Tests.Broker;

namespace Warren.Tests.BadInputs;

/// <summary>How far a client has got when it misbehaves.</summary>
internal enum Stage
{
    /// <summary>Connected, nothing sent.</summary>
    Connected,

    /// <summary>It has connection.start.</summary>
    Greeted,

    /// <summary>It has connection.tune.</summary>
    LoggedIn,

    /// <summary>The connection is open.</summary>
    Open,

    /// <summary>Channel 1 is open.</summary>
    Channel,
}

/// <summary>One thing that a client does: octets sent, time that passes, or anything else that a test can do to the bench.</summary>
internal abstract record Step
{
    public static implicit operator Step(byte[] octets) => new Octets(octets);

    /// <summary>Octets are sent.</summary>
    internal sealed record Octets(byte[] Value) : Step;

    /// <summary>Time passes, and what is sent behind it is a segment of its own.</summary>
    internal sealed record Wait(double Seconds) : Step;

    /// <summary>Something that the bench's own client cannot know beforehand.</summary>
    internal sealed record Do(Action<BrokerBench, RawPeer> Action) : Step;
}

/// <summary>A row of the table: what a client sends, and what it gets, in the words of <see cref="Answers"/>.</summary>
internal sealed record BadInput(string Id, string What, Stage From, string Expected, params Step[] Steps)
{
    /// <summary>What the broker is told before anybody connects.</summary>
    public Action<BrokerBench>? Prepare { get; init; }

    /// <summary>Settled for this row.</summary>
    public BrokerOptions? Options { get; init; }

    /// <summary>Where the client comes from.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The settled frame-max in octets.</summary>
    public uint FrameMax { get; init; } = 131072;

    /// <summary>How many octets the broker may allocate for this, the answers' memory included; by default what <see cref="BadInputTests"/> says.</summary>
    public long? MaxAllocated { get; init; }

    /// <summary>Octets that have to stand in what came back.</summary>
    public byte[]? Echo { get; init; }

    /// <summary>True when it runs over real sockets, too.</summary>
    public bool OnSockets { get; init; }

    /// <summary>Its name in the list of tests.</summary>
    public string Key => $"{Id} {What}";

    /// <summary>All octets that are sent.</summary>
    public int SentOctets => Steps.OfType<Step.Octets>().Sum(step => step.Value.Length);
}
