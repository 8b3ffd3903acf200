using System.Text.Json;
using Microsoft.Extensions.Logging;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// Builds a broker from its journal: first what is defined, then each virtual host's exchanges, queues, bindings and messages. Damage costs what is damaged, and never the start.
/// Inside the turn, before anybody connects and before the journal's writer runs.
/// </summary>
internal sealed class BrokerRecovery(BrokerTurn turn, BrokerJournal journal, Profile profile, ILogger log)
{
    private const uint DefaultNumber = 1; // The first virtual host of every folder.

    private static readonly Profile[] s_profiles = [Profile.V43, Profile.V42, Profile.V313, Profile.V310];

    private readonly RecoveredFolder _found = new();
    private readonly SortedDictionary<uint, (HostedEngine Host, EngineRecovery? Recovery)> _hosts = [];
    private byte[] _octets = [];

    public RecoveredFolder Run()
    {
        var kept = journal.ReadDefinitions();
        _found.IsNew = kept is null && journal.LiveRecords == 0 && journal.Found.Damages.Count == 0;
        _found.AreUsersKept = kept is not null && TryRestore(kept);
        if (!_found.AreUsersKept)
            MissDefinitions();
        foreach (var (number, (host, _)) in _hosts.ToArray())
            _hosts[number] = (host, host.BeginRecovery(turn.Now)); // With its policies, where they could be understood.
        journal.ReadAll(Read);
        foreach (var (host, recovery) in _hosts.Values)
            _found.Add(host.Name, recovery!.Finish());
        foreach (var damage in journal.Found.Damages)
            _found.AddDamage(damage.ToString());
        return _found;
    }

    private bool TryRestore(byte[] octets)
    {
        try
        {
            var kept = KeptJson.Read(octets);
            journal.See(kept.LastNumber);
            foreach (var (name, number) in kept.Numbers.OrderBy(static host => host.Value))
                Restore(name, number);
            new DefinitionsImport(turn, Read(kept.Definitions), turn.Globals, log).Run();
            foreach (var user in turn.Users.All)
                user.Account = user.Account with { LoopbackOnly = kept.LoopbackUsers.Contains(user.Account.Name) };
            return true;
        }
        catch (Exception e) when (e is JsonException or DefinitionsException)
        {
            _found.AddDamage($"what is defined cannot be understood: {e.Message}");
            return false;
        }
    }

    // A policy was checked when it was set, perhaps by another profile: it is not refused now. What no profile takes costs itself, and not all.
    private DefinitionsSet Read(DefinitionsJson json)
    {
        var set = DefinitionsReader.Read(json with { Policies = null, Parameters = null }, profile, 1);
        foreach (var policy in json.Policies ?? [])
            Try(new DefinitionsJson { Policies = [policy] });
        foreach (var parameter in json.Parameters ?? [])
            Try(new DefinitionsJson { Parameters = [parameter] });
        return set;

        void Try(DefinitionsJson part)
        {
            if (!TryAdd(set, part, profile, out var fault) && !s_profiles.Any(other => TryAdd(set, part, other, out _)))
                _found.AddDamage($"left out: {fault}");
        }
    }

    private static bool TryAdd(DefinitionsSet set, DefinitionsJson part, Profile profile, out string fault)
    {
        try
        {
            set.Add(DefinitionsReader.Read(part, profile, 1));
            fault = "";
            return true;
        }
        catch (DefinitionsException e)
        {
            fault = e.Message;
            return false;
        }
    }

    private void MissDefinitions()
    {
        if (!_found.IsNew)
            _found.AddDamage("what is defined is missing: users, permissions, policies and limits are lost, and users are as at the first start");
        if (turn.VirtualHosts.Find(VirtualHosts.Default) is null)
            Restore(VirtualHosts.Default, _hosts.ContainsKey(DefaultNumber) ? journal.LastNumber + 1 : DefaultNumber);
    }

    // Its recovery begins when all is known that is defined.
    private HostedEngine Restore(string name, uint number)
    {
        var host = turn.VirtualHosts.Restore(name, number);
        _hosts.Add(number, (host, null));
        return host;
    }

    private void Read(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (kind >= BrokerJournal.DefinitionsKind)
            return;
        if (head.Length < EngineJournal.NumberOctets)
        {
            _found.AddDamage($"the record {id} names no virtual host");
            return;
        }
        var recovery = RecoveryOf(EngineJournal.NumberOf(head));
        head = head[EngineJournal.NumberOctets..];
        var length = head.Length + body.Length;
        if (_octets.Length < length)
            _octets = new byte[length * 2];
        head.CopyTo(_octets);
        body.CopyTo(_octets.AsSpan(head.Length));
        recovery.Add(id, (RecordKind)kind, _octets.AsMemory(0, length));
    }

    // Its name is lost with what was defined, its messages are not.
    private EngineRecovery RecoveryOf(uint number)
    {
        if (_hosts.TryGetValue(number, out var known))
            return known.Recovery!;
        var name = $"recovered-{number}";
        while (turn.VirtualHosts.Find(name) is not null)
            name += "-";
        _found.AddDamage($"the name of a virtual host is lost; what was in it is in '{name}' now");
        var recovery = Restore(name, number).BeginRecovery(turn.Now);
        _hosts[number] = (_hosts[number].Host, recovery);
        return recovery;
    }
}
