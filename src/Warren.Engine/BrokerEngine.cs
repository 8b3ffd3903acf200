using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// The broker as a state machine: a command goes in, effects come out. No clock, no socket, no thread, so a test can walk it one
/// step at a time. One engine is one virtual host.
/// </summary>
public sealed class BrokerEngine
{
    private readonly VirtualHost _host;
    private readonly DeadlineHeap _deadlines;
    private readonly ConnectionTable _connections = new();

    /// <summary>Starts with the predeclared exchanges and nothing else.</summary>
    /// <param name="options">What was settled.</param>
    /// <param name="effects">Where its effects go.</param>
    /// <param name="entropy">Its randomness.</param>
    /// <param name="journal">Where what is durable is kept; null keeps nothing.</param>
    public BrokerEngine(EngineOptions options, IEffects effects, IEntropy entropy, IJournal? journal = null)
    {
        Options = options;
        _host = new VirtualHost(options, effects, entropy, journal);
        _deadlines = _host.Deadlines;
    }

    /// <summary>
    /// When something is due next, such as a message that expires: in ticks of <see cref="DateTimeOffset.UtcTicks"/>, <see cref="long.MaxValue"/> for
    /// never. Any step does what is due by then; when none comes, the host sends <see cref="CommandKind.Due"/>.
    /// </summary>
    public long NextDueTicks => _deadlines.NextTicks;

    /// <summary>What was settled.</summary>
    public EngineOptions Options { get; }

    /// <summary>
    /// Takes one command. Everything the peer did wrong ends as a close frame, never as an exception; and so does what we did wrong: the
    /// connection at hand ends with 541, and the host hears of the exception (<see cref="IEffects.Failed"/>).
    /// </summary>
    /// <param name="command">What happened.</param>
    /// <param name="now">The host's time, never running backwards.</param>
    public void Step(in Command command, DateTimeOffset now)
    {
        _host.NowTicks = now.UtcTicks;
        if (_deadlines.NextTicks <= now.UtcTicks)
            RunDeadlines(); // First: the command finds everything as it is at this moment.
        try
        {
            if (command.Kind == CommandKind.FrameReceived)
                Receive(command.Connection, command.Frame);
            else
                Dispatch(command);
        }
        catch (Exception e)
        {
            Break(ConnectionOf(command), e);
        }
        if (_host.HasLeftovers)
            RunLeftovers(command);
        _host.Records?.Messages.Write();
    }

    /// <summary>
    /// Writes the publisher confirms that the steps since the last call have left, many of them as one <c>basic.ack</c> with multiple=1.
    /// The host calls it at the end of each read batch, before it sends what was appended and before it seals what the journal got.
    /// </summary>
    public void EndBatch()
    {
        try
        {
            EndJournalBatch();
            _host.PendingConfirms.Write();
            _host.Pager?.EndBatch();
        }
        catch (Exception e)
        {
            _host.Effects.Failed(null, e);
            EndBatch(); // The one that failed is out of the list.
        }
    }

    /// <summary>
    /// How much memory messages take, in octets: those in queues, those that clients hold, those of open transactions, and the parts of bodies that have
    /// arrived, with what each message costs beside its own octets.
    /// </summary>
    public long MessageOctets => _host.Messages.LentOctets;

    /// <summary>How many messages wait in queues and are not in memory; the journal has them.</summary>
    public int PagedOutMessages => _host.Messages.PagedOut;

    /// <summary>How many messages could not be read from the journal when their turn came, and were taken out of their queues.</summary>
    public long UnreadableMessages => _host.Pager?.SetAside ?? 0;

    /// <summary>
    /// What is wrong with queues, exchanges or bindings that somebody wants to be made, in the words for a client that declares them; null when nothing is.
    /// Changes nothing.
    /// </summary>
    /// <param name="topology">What is wanted.</param>
    /// <param name="maxQueues">How many queues there may be then; null for any number.</param>
    public string? FaultOf(Topology topology, int? maxQueues) => TopologyImport.FaultOf(_host, topology, maxQueues);

    /// <summary>Those of the bindings that would be left out because they start or lead nowhere.</summary>
    public IReadOnlyList<BindingDefinition> LooseBindingsOf(Topology topology) => TopologyImport.Loose(_host, topology);

    /// <summary>The exchanges, queues and bindings that a definitions file holds.</summary>
    public Topology ExportTopology() => TopologyExport.Of(_host);

    /// <summary>True when the connection has begun to publish a message whose last frame is missing.</summary>
    public bool IsMidContent(ConnectionId connection) => _connections.Find(connection) is { HasUnfinishedContent: true };

    /// <summary>What policy and operator policy come to for a queue, RabbitMQ's <c>effective_policy_definition</c>; null when there is no such queue.</summary>
    public FieldTable? EffectivePolicyOf(ShortString queue) => _host.Queues.Find(queue.Span)?.Policy.Definition;

    /// <summary>Counts of what exists now.</summary>
    public EngineSnapshot Snapshot() => EngineSnapshot.Of(_host, _connections);

    /// <summary>
    /// Begins to build what a journal holds, before the first step but for that which brings the policies: queues are made with the rules that hold then.
    /// </summary>
    /// <param name="now">The host's time.</param>
    /// <exception cref="InvalidOperationException">The engine has no journal.</exception>
    public EngineRecovery BeginRecovery(DateTimeOffset now)
    {
        _host.NowTicks = now.UtcTicks;
        return new EngineRecovery(_host);
    }

    /// <summary>
    /// The virtual host is deleted, and its connections have been told by <see cref="CommandKind.Shutdown"/>: queues and exchanges end, and no record of it stays in the journal.
    /// </summary>
    public void RemoveRecords() => VirtualHostEnd.Run(_host);

    /// <summary>Shows every message that waits in a queue, queue by queue in the order of their names.</summary>
    public void VisitMessages(MessageVisitor visitor) => QueuedMessage.VisitAll(_host, visitor);

    /// <summary>What there is. For tests.</summary>
    internal VirtualHost Host => _host;

    /// <summary>Who is there. For tests.</summary>
    internal ConnectionTable Connections => _connections;

    /// <summary>Throws when the engine contradicts itself. For tests: it walks everything.</summary>
    /// <returns>The ids of the records that a journal has to have, without those that recovery has set aside; null without a journal.</returns>
    internal IReadOnlyCollection<ulong>? CheckInvariants() => Invariants.Check(_host, _connections);

    // Where everything is on disk already, channels that were held up go on at once, which may append something again.
    private void EndJournalBatch()
    {
        while (_host.Records?.Waits.EndBatch() == true)
        {
            if (_host.HasLeftovers)
                RunLeftovers(Command.Due());
            _host.Records.Messages.Write();
        }
    }

    private void Dispatch(in Command command)
    {
        switch (command.Kind)
        {
            case CommandKind.ConnectionOpened: _connections.Add(new Connection(command.Connection, command.Settings!, _host)); break;
            case CommandKind.FrameRefused: Fail(command.Connection, command.ReplyCode, command.Reason); break;
            case CommandKind.ConnectionLost: Lose(command.Connection); break;
            case CommandKind.ConnectionDrained: _connections.Find(command.Connection)?.Drain(); break;
            case CommandKind.ConnectionForced: Fail(command.Connection, command.ReplyCode, command.Reason); break;
            case CommandKind.AuthorityChanged: _connections.Find(command.Connection)?.Apply(command.Authority!); break;
            case CommandKind.LimitsChanged: _host.Queues.MaxCount = command.MaxQueues; break;
            case CommandKind.PoliciesChanged: _host.Apply(command.Policies!); break;
            case CommandKind.TopologyImported: TopologyImport.Apply(_host, command.Topology!); break;
            case CommandKind.AlarmsChanged: SetAlarms(command.Alarms); break;
            case CommandKind.Tick: Tick(); break;
            case CommandKind.Due: break; // Done above.
            case CommandKind.Shutdown: Shutdown(command.Reason); break;
            case CommandKind.TraceOn: _host.Tracer ??= new Tracer(_host); break;
            case CommandKind.TraceOff: _host.Tracer = null; break;
            case CommandKind.Persisted: Reach(command.Position); break;
        }
    }

    private void Receive(ConnectionId id, in Frame frame)
    {
        var connection = _connections.Find(id);
        if (connection is null)
            return; // The socket's last frames, after the engine has closed it.
        try
        {
            connection.Receive(frame);
        }
        catch (ChannelException e)
        {
            connection.FailChannel(frame.Channel, e.ToRefusal(connection.CurrentMethod));
        }
        catch (ConnectionException e)
        {
            connection.Fail(e.ToRefusal(connection.CurrentMethod));
        }
        catch (ProtocolException e)
        {
            connection.Fail(new Refusal(e.ReplyCode, e.Message, e.IsFramesFault ? MethodId.None : connection.CurrentMethod));
        }
        if (connection.State == ConnectionState.Closed)
            _connections.Remove(id);
    }

    private void Fail(ConnectionId id, ReplyCode code, string reason) => _connections.Find(id)?.Fail(new Refusal(code, reason));

    private void Lose(ConnectionId id)
    {
        try
        {
            _connections.Find(id)?.Lose();
        }
        finally
        {
            _connections.Remove(id); // The host may give the number to another.
        }
    }

    // One channel's failure is not the others': they wait for the disk too.
    private void Reach(long position)
    {
        while (_host.Records is { } records)
        {
            try
            {
                records.Waits.Reach(position);
                return;
            }
            catch (Exception e)
            {
                _host.Effects.Failed(null, e);
            }
        }
    }

    private void RunDeadlines()
    {
        try
        {
            _deadlines.Run(_host.NowTicks);
        }
        catch (Exception e)
        {
            _host.Effects.Failed(null, e); // The one that failed is out of the heap; the others come with the next step.
        }
    }

    // Whatever fails in it is out of its list by then, so this ends.
    private void RunLeftovers(in Command command)
    {
        while (_host.HasLeftovers) // A dead letter may find a consumer that is free.
        {
            _host.HasLeftovers = false;
            try
            {
                _host.PendingDeliveries.Run();
                _host.DeadLetters.Run();
                _host.Tracer?.Run();
            }
            catch (Exception e)
            {
                _host.HasLeftovers = true;
                Break(ConnectionOf(command), e);
            }
        }
    }

    private Connection? ConnectionOf(in Command command) =>
        command.Kind >= CommandKind.AlarmsChanged ? null : _connections.Find(command.Connection);

    // We are wrong, and nobody knows how far the step has come. The connection that led there ends; everybody else goes on.
    private void Break(Connection? connection, Exception exception)
    {
        _host.Effects.Failed(connection?.Id, exception);
        try
        {
            connection?.Fail(new Refusal(ReplyCode.InternalError, ""));
        }
        catch (Exception e)
        {
            _host.Effects.Failed(connection!.Id, e);
            connection.Abandon();
        }
        if (connection is { State: ConnectionState.Closed })
            _connections.Remove(connection.Id);
    }

    private void Tick()
    {
        _host.Pager?.LookAgain();
        for (var i = 0; i < _connections.Length; i++)
        {
            if (_connections.At(i) is { } connection)
                Tick(connection);
        }
    }

    private void Tick(Connection connection)
    {
        try
        {
            connection.Tick();
        }
        catch (Exception e)
        {
            Break(connection, e);
        }
        if (connection.State == ConnectionState.Closed)
            _connections.Remove(connection.Id);
    }

    private void SetAlarms(Alarms alarms)
    {
        _host.Alarms = alarms;
        for (var i = 0; alarms == Alarms.None && i < _connections.Length; i++)
        {
            if (_connections.At(i) is { IsBlocked: true } connection)
                Unblock(connection);
        }
    }

    private void Unblock(Connection connection)
    {
        try
        {
            connection.Unblock();
        }
        catch (Exception e)
        {
            Break(connection, e);
        }
    }

    private void Shutdown(string reason)
    {
        for (var i = 0; i < _connections.Length; i++)
            _connections.At(i)?.Fail(new Refusal(ReplyCode.ConnectionForced, reason));
    }
}
