using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>T5: bindings come and go, messages are routed by topic and by headers, and every queue has what the definition says.</summary>
public sealed class RoutingTarget : ITarget
{
    private const int Queues = 6;

    private static readonly string[] s_words = ["a", "b", "*", "#", "", "ab"];
    private static readonly object?[] s_values = [1, 1L, (short)2, 2.5, "1", "x", true, null];
    private static readonly string[] s_names = ["a", "b", "c", "x-d"];
    private static readonly string?[] s_matches = [null, "all", "any", "all-with-x", "any-with-x"];

    /// <inheritdoc/>
    public string Name => "T5";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } = [.. Enumerable.Range(1, 4).Select(seed => RandomOctets(seed, 400))];

    /// <inheritdoc/>
    public int Run(byte[] input)
    {
        var octets = new Queue<byte>(input.Take(2000));
        var client = new MemoryBroker().Open();
        var (topics, headers) = (new HashSet<(int Queue, string Pattern)>(), new Dictionary<int, List<(string Name, object? Value)>>());
        var expected = new int[2 * Queues];
        for (var queue = 0; queue < expected.Length; queue++)
            client.Write(1, new QueueDeclare($"q{queue}"));
        while (octets.TryDequeue(out var what))
        {
            var queue = what / 8 % Queues;
            switch (what % 8)
            {
                case 0 or 1: BindTopic(client, octets, topics, queue); break;
                case 2: UnbindTopic(client, octets, topics, queue); break;
                case 3: BindHeaders(client, octets, headers, queue + Queues); break;
                case 4 or 5: PublishToTopic(client, octets, topics, expected); break;
                default: PublishWithHeaders(client, octets, headers, expected); break;
            }
        }
        var counts = CountsOf(client);
        for (var queue = 0; queue < expected.Length; queue++)
            FindingException.Unless(counts[queue] == expected[queue], $"q{queue} has {counts[queue]} messages, and {expected[queue]} belong there");
        return HashCode.Combine(topics.Count, headers.Count, Math.Min(expected.Sum(), 64), expected.Count(count => count > 0));
    }

    private static void BindTopic(Pipe client, Queue<byte> octets, HashSet<(int, string)> topics, int queue)
    {
        var pattern = Words(octets, s_words.Length);
        client.Write(1, new QueueBind($"q{queue}", "amq.topic", pattern));
        topics.Add((queue, pattern));
    }

    private static void UnbindTopic(Pipe client, Queue<byte> octets, HashSet<(int Queue, string Pattern)> topics, int queue)
    {
        var pattern = topics.Where(topic => topic.Queue == queue).Select(topic => topic.Pattern).Order(StringComparer.Ordinal).FirstOrDefault() ?? Words(octets, s_words.Length);
        client.Write(1, new QueueUnbind($"q{queue}", "amq.topic", pattern));
        topics.Remove((queue, pattern));
    }

    // One binding for each queue: the next one takes its place.
    private static void BindHeaders(Pipe client, Queue<byte> octets, Dictionary<int, List<(string Name, object? Value)>> headers, int queue)
    {
        if (headers.Remove(queue, out var old))
            client.Write(1, new QueueUnbind($"q{queue}", "amq.headers", "", FieldTable.Create([.. old])));
        var fields = Fields(octets);
        if (s_matches[Next(octets) % s_matches.Length] is { } match)
            fields.Insert(0, ("x-match", match));
        client.Write(1, new QueueBind($"q{queue}", "amq.headers", "", Arguments: FieldTable.Create([.. fields])));
        headers.Add(queue, fields);
    }

    private static void PublishToTopic(Pipe client, Queue<byte> octets, HashSet<(int Queue, string Pattern)> topics, int[] expected)
    {
        var key = Words(octets, 2 + (Next(octets) % 4)).Replace("*", "c", StringComparison.Ordinal).Replace("#", "d", StringComparison.Ordinal);
        Publish(client, "amq.topic", key, BasicProperties.Empty);
        foreach (var queue in topics.Where(topic => Matches(topic.Pattern, key)).Select(topic => topic.Queue).Distinct())
            expected[queue]++;
    }

    private static void PublishWithHeaders(Pipe client, Queue<byte> octets, Dictionary<int, List<(string Name, object? Value)>> headers, int[] expected)
    {
        var fields = Fields(octets);
        Publish(client, "amq.headers", "", new BasicProperties { Headers = FieldTable.Create([.. fields]) });
        foreach (var (queue, _) in headers.Where(binding => Accepts(binding.Value, fields)))
            expected[queue]++;
    }

    private static int[] CountsOf(Pipe client)
    {
        client.Forget();
        for (var queue = 0; queue < 2 * Queues; queue++)
            client.Write(1, new QueueDeclare($"q{queue}", Passive: true));
        var counts = new List<int>();
        var reader = new FrameReader(client.Received, int.MaxValue - 8);
        while (reader.TryRead(out var frame))
            counts.Add((int)MethodPayload.Read<QueueDeclareOk>(frame.Payload).MessageCount);
        FindingException.Unless(counts.Count == 2 * Queues, "a queue is gone");
        return [.. counts];
    }

    private static void Publish(Pipe client, string exchange, string key, BasicProperties properties)
    {
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish(exchange, key), properties, "m"u8, 4096);
        client.Write(frames.WrittenSpan);
    }

    private static string Words(Queue<byte> octets, int kinds) =>
        string.Join('.', Enumerable.Range(0, Next(octets) % 6).Select(_ => s_words[Next(octets) % Math.Min(kinds, s_words.Length)]).ToArray());

    private static List<(string Name, object? Value)> Fields(Queue<byte> octets)
    {
        var which = Next(octets);
        return [.. s_names.Where((_, i) => (which >> i & 1) == 1).Select(name => (name, s_values[Next(octets) % s_values.Length])).ToArray()];
    }

    private static byte Next(Queue<byte> octets) => octets.TryDequeue(out var octet) ? octet : (byte)0;

    // The naive models, straight from the definitions.
    private static bool Matches(string pattern, string key) => Matches(pattern.Length == 0 ? [] : pattern.Split('.'), key.Length == 0 ? [] : key.Split('.'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> words) => pattern switch
    {
        [] => words.IsEmpty,
        ["#", .. var rest] => Matches(rest, words) || (!words.IsEmpty && Matches(pattern, words[1..])),
        [var first, .. var rest] => !words.IsEmpty && (first == "*" || first == words[0]) && Matches(rest, words[1..]),
    };

    private static bool Accepts(List<(string Name, object? Value)> binding, List<(string Name, object? Value)> message)
    {
        var match = binding.Find(field => field.Name == "x-match").Value as string ?? "all";
        var withX = match.EndsWith("-with-x", StringComparison.Ordinal);
        var conditions = binding.Where(field => field.Name != "x-match" && (withX || !field.Name.StartsWith("x-", StringComparison.Ordinal)));
        return match.StartsWith("any", StringComparison.Ordinal) ? conditions.Any(IsMet) : conditions.All(IsMet);

        bool IsMet((string Name, object? Value) condition) =>
            message.Any(field => field.Name == condition.Name && (condition.Value is null || AreEqual(condition.Value, field.Value)));
    }

    private static bool AreEqual(object wanted, object? value) => wanted is int or long or short && value is int or long or short
        ? Convert.ToInt64(wanted, null) == Convert.ToInt64(value, null) : Equals(wanted, value);

    private static byte[] RandomOctets(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }
}
