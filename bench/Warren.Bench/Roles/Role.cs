using System.Globalization;
using System.Text.Json;
using Warren.Bench.Measure;
using Warren.Bench.Peers;

namespace Warren.Bench.Roles;

/// <summary>
/// One process of the comparison. It says "ready", answers each line of its standard input with a line of JSON, and ends
/// with its input, so it never outlives the process that started it.
/// </summary>
internal static class Role
{
    private static readonly byte[] Message = new byte[16];

    public static async Task RunAsync(string role, IPeer peer, Uri broker)
    {
        switch (role)
        {
            case "server":
                await using (await peer.ServeEchoAsync(broker)) await AnswerAsync(_ => Task.FromResult<object>(""));
                break;
            case "caller":
                await using (var caller = await peer.ConnectCallerAsync(broker)) await AnswerAsync(words => CallAsync(caller, words));
                break;
            case "consumer":
                var arrivals = new Arrivals();
                await using (await ((IMessagePeer)peer).ConsumeAsync(broker, arrivals.OnMessage)) await AnswerAsync(words => ConsumeAsync(arrivals, words));
                break;
            case "publisher":
                await using (var publisher = await ((IMessagePeer)peer).ConnectPublisherAsync(broker)) await AnswerAsync(words => PublishAsync(publisher, words));
                break;
            default:
                throw new ArgumentException($"No role is called '{role}'.");
        }
    }

    public static async Task AnswerAsync(Func<string[], Task<object>> answer)
    {
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } line) Console.WriteLine(JsonSerializer.Serialize(await answer(line.Split(' '))));
    }

    // IN-FLIGHT SECONDS
    private static async Task<object> CallAsync(ICaller caller, string[] words) =>
        await CallLoad.RunAsync(caller, int.Parse(words[0], CultureInfo.InvariantCulture), TimeSpan.FromSeconds(double.Parse(words[1], CultureInfo.InvariantCulture)));

    // COUNT: answers with messages per second after the last has arrived; "armed" goes first, so that no message comes too early.
    public static async Task<object> ConsumeAsync(Arrivals arrivals, string[] words)
    {
        var count = long.Parse(words[0], CultureInfo.InvariantCulture);
        var last = arrivals.Expect(count);
        Console.WriteLine("armed");
        return count / (await last).TotalSeconds;
    }

    // COUNT
    private static async Task<object> PublishAsync(IPublisher publisher, string[] words)
    {
        var count = long.Parse(words[0], CultureInfo.InvariantCulture);
        for (var i = 0L; i < count; i++) await publisher.PublishAsync(Message);
        return count;
    }
}
