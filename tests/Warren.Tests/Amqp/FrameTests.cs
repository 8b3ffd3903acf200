using Warren.Amqp;

namespace Warren.Tests.Amqp;

public class FrameTests
{
    private const int FrameMax = 4096;

    [Fact]
    public void Frames_are_cut_where_they_end_and_the_rest_is_left()
    {
        var buffer = new FrameBuffer();
        buffer.WriteHeartbeat();
        buffer.WriteMethod(1, new BasicAck(5));
        var whole = buffer.Length;
        buffer.WriteMethod(1, new BasicAck(6));

        var reader = new FrameReader(buffer.Written[..(buffer.Length - 1)], FrameMax);

        Assert.True(reader.TryRead(out var heartbeat));
        Assert.Equal(FrameType.Heartbeat, heartbeat.Type);
        Assert.True(reader.TryRead(out var ack));
        Assert.Equal(new BasicAck(5), MethodPayload.Read<BasicAck>(ack.Payload));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(whole, reader.Consumed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(255)]
    public void An_unknown_frame_type_is_a_frame_error_at_its_first_octet(byte type)
    {
        var error = Assert.Throws<ProtocolException>(() => new FrameReader(new[] { type }, FrameMax).TryRead(out _));

        Assert.Equal(ReplyCode.FrameError, error.ReplyCode);
        Assert.Equal($"type {type}, all octets = <<>>: unknown_frame", error.Message);
    }

    // Row 28: the words of RabbitMQ's reader, which shows text as text and never more than 16 octets.
    [Theory]
    [InlineData("00", "all octets = <<0>>")]
    [InlineData("2A", "all octets = <<\"*\">>")]
    [InlineData("", "all octets = <<>>")]
    [InlineData("474554202F20485454502F312E310D0A", "all octets = <<\"GET / HTTP/1.1\\r\\n\">>")]
    [InlineData("474554202F20485454502F312E310D0A486F7374", "first 16 octets = <<\"GET / HTTP/1.1\\r\\n\">>")]
    [InlineData("225C1B08", "all octets = <<\"\\\"\\\\\\e\\b\">>")]
    [InlineData("617F", "all octets = <<97,127>>")]
    [InlineData("000102030405060708090A0B0C0D0E0F10", "first 16 octets = <<0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15>>")]
    public void Row_28_B26_a_wrong_end_octet_is_a_frame_error(string payload, string shown)
    {
        var body = Convert.FromHexString(payload);
        byte[] octets = [1, 0, 1, 0, 0, 0, (byte)body.Length, .. body, 0];

        var error = Assert.Throws<ProtocolException>(() => new FrameReader(octets, FrameMax).TryRead(out _));

        Assert.Equal($"type 1, {shown}: {{invalid_frame_end_marker,0}}", error.Message);
    }

    /// <summary>Row 27.</summary>
    [Theory]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0x80000000u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(4097u)]
    public void A_frame_over_the_limit_is_refused_before_its_payload_comes(uint size)
    {
        byte[] octets = [1, 0, 1, (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size];

        var error = Assert.Throws<ProtocolException>(() => new FrameReader(octets, FrameMax).TryRead(out _));

        Assert.Equal($"type 1, all octets = <<>>: {{frame_too_large,{size},{FrameMax - 8}}}", error.Message);
    }

    /// <summary>Row 38.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4088, 1)]
    [InlineData(4089, 2)]
    [InlineData(10_000, 3)]
    public void A_body_is_cut_into_frames_of_at_most_frame_max(int bodyLength, int bodyFrames)
    {
        var body = new byte[bodyLength];
        new Random(1).NextBytes(body);
        var buffer = new FrameBuffer();

        buffer.WriteContent(3, new BasicPublish("x", "k"), BasicProperties.Persistent, body, FrameMax);

        var reader = new FrameReader(buffer.Written, FrameMax);
        Assert.True(reader.TryRead(out var method));
        Assert.Equal(new BasicPublish("x", "k"), MethodPayload.Read<BasicPublish>(method.Payload));
        Assert.True(reader.TryRead(out var header));
        Assert.Equal((ulong)bodyLength, ContentHeader.Read(header.Payload).BodyLength);
        var received = new List<byte>();
        for (var frames = 0; frames < bodyFrames; frames++)
        {
            Assert.True(reader.TryRead(out var part));
            Assert.InRange(part.Payload.Length, 1, FrameMax - Frame.Overhead);
            received.AddRange(part.Payload.Span);
        }
        Assert.Equal(buffer.Length, reader.Consumed);
        Assert.Equal(body, received);
    }

    [Fact]
    public void Frames_in_one_buffer_allocate_nothing_once_it_has_grown()
    {
        var buffer = new FrameBuffer();
        var method = new BasicDeliver("tag", 1, false, "", "key");
        var body = new byte[16];
        Write();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Write();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Write()
        {
            buffer.Clear();
            buffer.WriteContent(1, method, default(PropertiesView), body, 131072);
            var reader = new FrameReader(buffer.Written, 131072);
            while (reader.TryRead(out var frame))
            {
                if (frame.Type == FrameType.Method)
                    MethodPayload.Read<BasicDeliver>(frame.Payload);
                else if (frame.Type == FrameType.Header)
                    ContentHeader.Read(frame.Payload);
            }
        }
    }
}
