using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Broker;
using Warren.Tests.Broker;

namespace Warren.Tests.BadInputs;

/// <summary>How the octets of a row are cut into segments.</summary>
public enum Sending
{
    /// <summary>As few segments as possible.</summary>
    Whole,

    /// <summary>Every octet by itself.</summary>
    OctetByOctet,
}

/// <summary>Runs one row on a bench of its own, and checks what holds for every row: see the head of <see cref="BadInputTests"/>.</summary>
internal sealed class BadInputRun
{
    /// <summary>A password that nothing may show.</summary>
    public const string Secret = "c4nary-S3cret";

    // Log lines, a reply and the growing arrays of the client in memory; and for what was sent, views of it, a copy, an array that doubles.
    private const int AllocatedAtLeast = 128 * 1024;
    private const int AllocatedPerOctet = 8;

    private readonly BadInput _row;
    private readonly Sending _sending;
    private readonly BrokerBench _bench;

    public BadInputRun(BadInput row, Sending sending)
    {
        _row = row;
        _sending = sending;
        _bench = new BrokerBench(row.Options);
        _bench.Users.Put(new Warren.Broker.UserAccount("canary"), Secret);
        row.Prepare?.Invoke(_bench);
    }

    public void Play()
    {
        var bystander = new Bystander(_bench);
        bystander.Work();
        var heldBefore = _bench.Turn.Operations.MemoryOctets;
        var linesBefore = _bench.Log.Lines.Count;
        var peer = Enter();
        peer.Forget();

        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        SendAll(peer);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;

        var answers = new Answers(peer.AllReceived);
        if (!answers.IsConnectionClosed && peer.IsAborted)
            answers.Add("DROP");
        else if (!answers.IsConnectionClosed && peer.IsShut)
            answers.Add("END");
        Assert.Equal(_row.Expected, answers.ToString(_row.Expected));
        if (_row.Echo is { } echo)
            Assert.True(peer.AllReceived.Span.IndexOf(echo) >= 0, "What was sent did not come back as it was.");
        CheckMemory(allocated, peer.AllReceived.Length);
        CheckTexts(answers.Texts);

        bystander.Work();
        if (answers.IsConnectionClosed)
            CheckEnd(peer);
        _bench.Turn.Lost(peer);
        _bench.Pass(0.25); // What the row held is given back, and no buffer is kept for nobody.
        bystander.Work();
        Assert.Equal(heldBefore, _bench.Turn.Operations.MemoryOctets);
        Assert.Equal(1, _bench.Turn.PeerCount);
        CheckLog(_bench.Log.Lines.Skip(linesBefore));
        Assert.Empty(_bench.Log.Critical);
    }

    private RawPeer Enter()
    {
        if (_row.From == Stage.Connected)
            return _bench.Connect(_row.Address);
        if (_row.From == Stage.Greeted)
            return _bench.Greet(_row.Address);
        if (_row.From == Stage.LoggedIn)
            return _bench.LogIn();
        var peer = _bench.Open(frameMax: _row.FrameMax);
        if (_row.From == Stage.Open)
            return peer;
        peer.WriteMethod(1, new ChannelOpen());
        peer.Read<ChannelOpenOk>();
        return peer;
    }

    private void SendAll(RawPeer peer)
    {
        var segment = new List<byte>();
        foreach (var step in _row.Steps)
        {
            if (step is Step.Octets octets)
            {
                segment.AddRange(octets.Value);
                continue;
            }
            Send(peer, segment);
            if (step is Step.Wait wait)
                _bench.Pass(wait.Seconds);
            else
                ((Step.Do)step).Action(_bench, peer);
        }
        Send(peer, segment);
    }

    private void Send(RawPeer peer, List<byte> segment)
    {
        var octets = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(segment);
        if (_sending == Sending.Whole && !octets.IsEmpty)
            peer.Write(octets);
        for (var i = 0; _sending == Sending.OctetByOctet && i < octets.Length; i++)
            peer.Write(octets.Slice(i, 1));
        segment.Clear();
    }

    private void CheckMemory(long allocated, int received)
    {
        var bound = _row.MaxAllocated ?? AllocatedAtLeast + (AllocatedPerOctet * ((long)_row.SentOctets + received));
        Assert.True(allocated <= bound, $"{allocated} octets were allocated for {_row.SentOctets} sent and {received} received; {bound} are allowed.");
    }

    // AMQP 0-9-1's short string, and text that every client can show.
    private static void CheckTexts(List<ShortString> texts)
    {
        foreach (var text in texts)
        {
            Assert.InRange(text.Length, 1, 255);
            Assert.True(text.IsUtf8, "The reply text is not UTF-8.");
        }
    }

    // Whoever does not answer our connection.close loses its socket within five seconds.
    private void CheckEnd(RawPeer peer)
    {
        _bench.Pass(5.5);
        Assert.True(peer.IsAborted || peer.IsShut, "Five seconds after connection.close the socket was still open.");
    }

    /// <summary>One line each, nothing in it that a terminal obeys, nothing that only the client may know.</summary>
    public static void CheckLog(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Assert.DoesNotContain(line, c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format);
            Assert.True(line.Length <= 1024, $"A log line of {line.Length} characters.");
            Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
        }
    }
}
