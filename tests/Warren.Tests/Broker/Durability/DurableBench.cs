using Warren.Amqp;
using Warren.Broker;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Broker.Durability;

/// <summary>A broker's turn over a simulated disk that works when the test says so. The broker comes and goes, the disk remains.</summary>
internal sealed class DurableBench
{
    private readonly JournalOptions _sizes;
    private readonly long? _memoryLimit;

    public DurableBench(JournalOptions? sizes = null, long? memoryLimit = null)
    {
        _memoryLimit = memoryLimit;
        _sizes = sizes ?? new JournalOptions { SegmentOctets = 64 << 10, NewSalt = static () => 7 };
        Broker = New();
    }

    public SimDisk Disk { get; } = new();

    public BrokerBench Broker { get; private set; }

    /// <summary>The process is killed, and started again.</summary>
    public void KillAndStart()
    {
        Disk.Kill();
        Broker = New();
    }

    /// <summary>The process ends in order, and is started again.</summary>
    public void StopAndStart()
    {
        Broker.Journal!.Dispose();
        Broker = New();
    }

    /// <summary>A client with channel 1, which everybody has confirmed to.</summary>
    public RawPeer OpenChannel() => Broker.OpenChannel();

    /// <summary>Declares a durable queue and waits for the disk.</summary>
    public void Declare(RawPeer peer, string queue)
    {
        peer.WriteMethod(1, new QueueDeclare(queue, Durable: true));
        Broker.RunDisk();
        peer.Read<QueueDeclareOk>();
    }

    /// <summary>Turns confirms on.</summary>
    public static void Confirm(RawPeer peer)
    {
        peer.WriteMethod(1, new ConfirmSelect());
        peer.Read<ConfirmSelectOk>();
    }

    public static void Publish(RawPeer peer, string queue, int octets = 10, byte mode = 2)
    {
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("", queue), new BasicProperties { DeliveryMode = mode }, new byte[octets], 131072);
        peer.Write(frames.WrittenSpan);
    }

    /// <summary>A virtual host in which guest may do everything. Not by the operator's door, which waits for the disk.</summary>
    public void CreateVirtualHost(string name)
    {
        Broker.Turn.Do(() =>
        {
            Broker.Turn.VirtualHosts.Create(name);
            Broker.Turn.Users.Require("guest").Set(UserPermission.Everything("guest", name));
            Broker.Turn.Durability!.DefinitionsChanged();
        });
        Broker.RunDisk();
    }

    /// <summary>Ends a virtual host, its permissions too.</summary>
    public void DeleteVirtualHost(string name) => Broker.Turn.Do(() =>
    {
        Broker.Turn.Users.ForgetVirtualHost(name);
        Broker.Turn.VirtualHosts.Delete(name, Broker.Turn.Now);
        Broker.Turn.Durability!.DefinitionsChanged();
    });

    /// <summary>How long the bodies are that wait in a virtual host's queues.</summary>
    public List<int> BodyLengths(string virtualHost)
    {
        var lengths = new List<int>();
        Broker.Turn.VirtualHosts.Require(virtualHost).VisitMessages((in Warren.Engine.QueuedMessage message) => lengths.Add(message.Body.Length));
        return lengths;
    }

    private BrokerBench New() => new(new BrokerOptions { Disk = Disk, Journal = _sizes, MemoryLimit = _memoryLimit });
}
