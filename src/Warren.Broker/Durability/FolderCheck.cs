using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Warren.Engine;
using Warren.Store;

namespace Warren.Broker;

/// <summary>
/// A look into the data folder of a broker that does not run: what is there, what is damaged and what is lost by it. Nothing in the folder is changed, and nobody else gets it until
/// this is disposed of.
/// </summary>
public sealed class FolderCheck : IDisposable
{
    private readonly BrokerJournal _journal;
    private readonly BrokerTurn _turn;
    private readonly BrokerDefinitions _definitions;

    private FolderCheck(BrokerJournal journal)
    {
        var options = new BrokerOptions { InProcessOnly = true };
        _journal = journal;
        _turn = new BrokerTurn(options, NullLogger.Instance, journal);
        _definitions = new BrokerDefinitions(_turn, new BrokerUsers(_turn, options.PasswordRounds), options.Profile, NullLogger.Instance);
        Damages = _turn.Do(() => new BrokerRecovery(_turn, journal, options.Profile, NullLogger.Instance).Run()).Damages;
        VirtualHosts = _turn.Do(() => _turn.VirtualHosts.Names.Select(name => ContentsOf(_turn.VirtualHosts.Require(name))).ToArray());
    }

    /// <summary>How many segment files there are.</summary>
    public int Segments => _journal.Found.Segments;

    /// <summary>Their octets.</summary>
    public long Octets => _journal.Found.Octets;

    /// <summary>How many records live.</summary>
    public long LiveRecords => _journal.Found.LiveRecords;

    /// <summary>What was being written when the broker ended, and had not been promised to anybody; null when nothing was. No damage.</summary>
    public string? TornTail => _journal.Found.TornTail?.ToString();

    /// <summary>What is damaged, and what is lost by it, a sentence each without its full stop.</summary>
    public IReadOnlyList<string> Damages { get; }

    /// <summary>What there is in each virtual host, in the order of their names.</summary>
    public IReadOnlyList<VirtualHostContents> VirtualHosts { get; }

    /// <summary>Looks into a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or no broker has kept anything there.</exception>
    /// <exception cref="JournalException">A broker has the folder, or a newer version wrote it.</exception>
    /// <exception cref="DiskException">The disk does not give it to read.</exception>
    public static FolderCheck Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder) || !File.Exists(Path.Combine(folder, "journal.id")))
        {
            if (!Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "*.wj").Any())
                throw new DirectoryNotFoundException($"There is no data of a broker in '{folder}'.");
        }
        var journal = BrokerJournal.Open(new UntouchedDisk(folder), new JournalOptions());
        try
        {
            return new FolderCheck(journal);
        }
        catch
        {
            journal.Abandon();
            throw;
        }
    }

    /// <summary>Everything that is defined, as a file that RabbitMQ knows too; see <see cref="BrokerDefinitions"/>.</summary>
    public string ExportDefinitions() => _definitions.Export();

    /// <summary>
    /// Writes every message that waits in a queue as a line of JSON: <c>vhost</c>, <c>queue</c>, <c>position</c>, <c>exchange</c>, <c>routing_key</c>, <c>properties</c>,
    /// <c>payload_encoding</c> (<c>string</c> or <c>base64</c>) and <c>payload</c>.
    /// </summary>
    /// <returns>How many.</returns>
    public long ExportMessages(Stream to)
    {
        ArgumentNullException.ThrowIfNull(to);
        var count = 0L;
        using var json = new Utf8JsonWriter(to);
        _turn.Do(() =>
        {
            foreach (var name in _turn.VirtualHosts.Names)
            {
                _turn.VirtualHosts.Require(name).VisitMessages((in QueuedMessage message) =>
                {
                    MessageJson.Write(json, name, message);
                    json.Flush();
                    json.Reset();
                    to.WriteByte((byte)'\n');
                    count++;
                });
            }
        });
        return count;
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose() => _journal.Abandon();

    private static VirtualHostContents ContentsOf(HostedEngine host)
    {
        var topology = host.ExportTopology();
        var queues = host.Snapshot().Queues.Select(static queue => new QueueContents(queue.Name.ToString(), queue.Ready + queue.Delayed + queue.DeadLetters));
        return new VirtualHostContents(host.Name, topology.Exchanges.Count, topology.Bindings.Count, [.. queues]);
    }
}

/// <summary>What there is in a virtual host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Exchanges">How many exchanges beside the predeclared ones.</param>
/// <param name="Bindings">How many bindings beside those of the default exchange.</param>
/// <param name="Queues">Its durable queues, in the order of their names.</param>
public sealed record VirtualHostContents(string Name, int Exchanges, int Bindings, IReadOnlyList<QueueContents> Queues);

/// <summary>What there is in a queue.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Messages">How many messages.</param>
public sealed record QueueContents(string Name, int Messages);
