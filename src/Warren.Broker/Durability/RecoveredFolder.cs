namespace Warren.Broker;

/// <summary>What was found in a data folder, in words and numbers.</summary>
internal sealed class RecoveredFolder
{
    private readonly List<string> _damages = [];

    public long Exchanges { get; set; }

    public long Queues { get; set; }

    public long Bindings { get; set; }

    public long Messages { get; set; }

    public int VirtualHosts { get; set; }

    /// <summary>True when nothing was there: everything begins.</summary>
    public bool IsNew { get; set; }

    /// <summary>False when nothing is known of who may log in.</summary>
    public bool AreUsersKept { get; set; }

    /// <summary>What is damaged, and what is lost by it, a sentence each without its full stop.</summary>
    public IReadOnlyList<string> Damages => _damages;

    public void AddDamage(string what) => _damages.Add(what);

    public void Add(string virtualHost, Engine.RecoveryReport report)
    {
        VirtualHosts++;
        Exchanges += report.Exchanges;
        Queues += report.Queues;
        Bindings += report.Bindings;
        Messages += report.Messages;
        foreach (var fault in report.Faults)
            AddDamage($"virtual host '{virtualHost}', {WordOf(fault.Kind, fault.Count)} (record {fault.FirstId}{(fault.Count > 1 ? " and on" : "")}): {fault.What}; kept as it is, and not served");
    }

    private static string WordOf(Engine.RecordKind kind, int count) => kind switch
    {
        Engine.RecordKind.Exchange => "an exchange",
        Engine.RecordKind.Queue or Engine.RecordKind.EndedQueue => "a queue",
        Engine.RecordKind.Binding => "a binding",
        Engine.RecordKind.Message => count == 1 ? "a message" : $"{count} messages",
        Engine.RecordKind.Entry => "a message's place",
        _ => $"{count} notes of the kind {kind}",
    };
}
