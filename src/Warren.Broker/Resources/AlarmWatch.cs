using Microsoft.Extensions.Logging;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// Knows which alarms stand: what the broker holds in memory is compared with its limit, the disk's free room with another, and an operator may raise
/// either by hand. Tells the engines. Owned by the turn.
/// </summary>
internal sealed class AlarmWatch(VirtualHosts hosts, PeerTable peers, BrokerOptions options, ILogger log)
{
    // What is counted is messages, and not all that the process takes: so a smaller part of the machine than RabbitMQ 4's 0.6.
    private const double ShareOfMemory = 0.4;

    /// <summary>Above this part of the limit, messages far from the head of their queues are kept in the journal only: long before anybody has to stop publishing.</summary>
    public const double ShareOfBodies = 0.5;

    private readonly long _memoryLimit = MemoryLimitOf(options);
    private readonly long _diskLimit = options.DiskLimit;
    private long _outboundOctets; // As of the last period.
    private Alarms _measured;
    private Alarms _byHand;
    private Alarms _ofJournal;

    /// <summary>The alarms that stand.</summary>
    public Alarms Standing => _measured | _byHand | _ofJournal;

    /// <summary>The limit in octets.</summary>
    public static long MemoryLimitOf(BrokerOptions options) => options.MemoryLimit ?? (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * ShareOfMemory);

    /// <summary>What counts for the limit, in octets: messages wherever they are, and what waits to be sent to clients.</summary>
    public long MemoryOctets => hosts.MessageOctets + _outboundOctets;

    /// <summary>A batch has ended: raises the alarm at once when it has filled the memory. Who has enough again is seen by <see cref="CheckPeriod"/>.</summary>
    public void EndBatch(DateTimeOffset now)
    {
        if (MemoryOctets >= _memoryLimit && (_measured & Alarms.Memory) == 0)
            Change(_measured | Alarms.Memory, _byHand, now);
    }

    /// <summary>A few times a second: the alarm begins or ends as the memory has it.</summary>
    public void CheckPeriod(DateTimeOffset now)
    {
        _outboundOctets = peers.OutboundOctets();
        Measure(Alarms.Memory, MemoryOctets >= _memoryLimit, now);
    }

    /// <summary>So many octets of the disk are free.</summary>
    public void SeeFreeDisk(long octets, DateTimeOffset now) => Measure(Alarms.Disk, octets < _diskLimit, now);

    /// <summary>The journal's disk takes no more, for this reason; null when it does.</summary>
    public void SeeJournal(Store.DiskException? full, DateTimeOffset now)
    {
        if ((full is not null) == (_ofJournal != Alarms.None))
            return;
        if (full is not null)
            Log.DiskFull(log, full.Message);
        Change(_measured, _byHand, full is null ? Alarms.None : Alarms.Disk, now);
    }

    /// <summary>An operator raises alarms.</summary>
    public void Raise(Alarms alarms, DateTimeOffset now) => Change(_measured, _byHand | alarms, now);

    /// <summary>An operator's alarms end; those that are measured stand as long as they have reason to.</summary>
    public void Clear(Alarms alarms, DateTimeOffset now) => Change(_measured, _byHand & ~alarms, now);

    private void Measure(Alarms alarm, bool stands, DateTimeOffset now) => Change(stands ? _measured | alarm : _measured & ~alarm, _byHand, now);

    private void Change(Alarms measured, Alarms byHand, DateTimeOffset now) => Change(measured, byHand, _ofJournal, now);

    private void Change(Alarms measured, Alarms byHand, Alarms ofJournal, DateTimeOffset now)
    {
        var before = Standing;
        (_measured, _byHand, _ofJournal) = (measured, byHand, ofJournal);
        if (Standing == before)
            return;
        Report(Alarms.Memory, before);
        Report(Alarms.Disk, before);
        hosts.SetAlarms(Standing, now);
    }

    private void Report(Alarms alarm, Alarms before)
    {
        if ((Standing & ~before & alarm) != 0)
            Log.AlarmRaised(log, alarm, MemoryOctets, _memoryLimit, _diskLimit);
        else if ((before & ~Standing & alarm) != 0)
            Log.AlarmCleared(log, alarm);
    }
}
