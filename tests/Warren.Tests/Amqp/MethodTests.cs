using System.Reflection;
using Warren.Amqp;

namespace Warren.Tests.Amqp;

public class MethodTests
{
    public static TheoryData<string> EveryMethod { get; } =
        [.. typeof(IMethod).Assembly.GetTypes().Where(type => type.IsValueType && type.IsAssignableTo(typeof(IMethod))).Select(type => type.Name)];

    [Fact]
    public void Every_id_has_a_type_and_every_type_an_id()
    {
        var ids = Enum.GetNames<MethodId>().Where(name => name != nameof(MethodId.None)).Order();

        Assert.Equal(ids, EveryMethod.Select(row => row.Data).Order());
    }

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public void A_method_reads_back_as_it_was_written(string name) => Run(nameof(RoundTrip), name);

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public void Arguments_that_are_cut_short_are_refused_and_never_read_past(string name) => Run(nameof(Truncate), name);

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public void Octets_after_the_arguments_are_refused(string name) => Run(nameof(Append), name);

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public void Random_arguments_are_decoded_or_refused(string name) => Run(nameof(Garble), name);

    private static void Run(string test, string name)
    {
        var type = typeof(IMethod).Assembly.GetType($"Warren.Amqp.{name}", throwOnError: true)!;
        var method = typeof(MethodTests).GetMethod(test, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
        for (var seed = 0; seed < 200; seed++)
        {
            try
            {
                method.Invoke(null, [new RandomValues(seed)]);
            }
            catch (TargetInvocationException e)
            {
                Assert.Fail($"{name}, seed {seed}: {e.InnerException}");
            }
        }
    }

    private static TMethod Random<TMethod>(RandomValues random)
        where TMethod : struct
    {
        var constructor = typeof(TMethod).GetConstructors().MaxBy(c => c.GetParameters().Length);
        return constructor is null
            ? default
            : (TMethod)constructor.Invoke([.. constructor.GetParameters().Select(parameter => random.Value(parameter.ParameterType))]);
    }

    private static ReadOnlyMemory<byte> Encode<TMethod>(in TMethod method)
        where TMethod : struct, IMethod
    {
        var buffer = new FrameBuffer();
        buffer.WriteMethod(7, method);
        var reader = new FrameReader(buffer.Written, int.MaxValue - 8);
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal((FrameType.Method, 7, buffer.Length), (frame.Type, frame.Channel, reader.Consumed));
        return frame.Payload;
    }

    private static void RoundTrip<TMethod>(RandomValues random)
        where TMethod : struct, IMethod<TMethod>
    {
        var method = Random<TMethod>(random);

        var payload = Encode(method);

        Assert.Equal(TMethod.Id, MethodPayload.ReadId(payload));
        Assert.Equal(4 + method.EncodedLength, payload.Length);
        Assert.Equal(method, MethodPayload.Read<TMethod>(payload));
    }

    private static void Truncate<TMethod>(RandomValues random)
        where TMethod : struct, IMethod<TMethod>
    {
        var payload = Encode(Random<TMethod>(random));
        if (payload.Length == 4)
            return;

        var cut = payload[..(4 + random.Next(payload.Length - 4))];

        Assert.Equal(ReplyCode.FrameError, Assert.Throws<ProtocolException>(() => MethodPayload.Read<TMethod>(cut)).ReplyCode);
    }

    private static void Append<TMethod>(RandomValues random)
        where TMethod : struct, IMethod<TMethod>
    {
        byte[] longer = [.. Encode(Random<TMethod>(random)).Span, 0];

        Assert.Throws<ProtocolException>(() => MethodPayload.Read<TMethod>(longer));
    }

    private static void Garble<TMethod>(RandomValues random)
        where TMethod : struct, IMethod<TMethod>
    {
        var payload = Encode(Random<TMethod>(random)).ToArray();
        for (var hits = 1 + random.Next(4); hits > 0 && payload.Length > 4; hits--)
            payload[4 + random.Next(payload.Length - 4)] = (byte)random.Next(256);
        try
        {
            MethodPayload.Read<TMethod>(payload);
        }
        catch (ProtocolException e)
        {
            Assert.True(e.ReplyCode is ReplyCode.FrameError or ReplyCode.SyntaxError);
        }
    }
}
