using System.CommandLine;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren send QUEUE BODY</c>: one message to a queue, confirmed by the broker.</summary>
internal static class SendVerb
{
    public static Command Create(Terminal terminal)
    {
        var queue = new Argument<string>("QUEUE") { Description = "The queue; declared if it does not exist" };
        var body = BodyArgument.Create();
        var durable = new Option<bool>("--durable") { Description = "A durable queue (if it is to be declared) and a persistent message" };
        var uri = new UriOption();
        var verb = new Verb("send", "Sends a message to a queue and waits until the broker has confirmed it.")
        {
            Examples =
            [
                "warren send hello \"Hello World!\"",
                "warren send task_queue \"a hard task...\" --durable",
                "warren send letters - < letter.txt",
            ],
        };
        verb.Arguments.Add(queue);
        verb.Arguments.Add(body);
        verb.Options.Add(durable);
        verb.Options.Add(uri);
        verb.SetAction((line, stopping) =>
            RunAsync(terminal, uri.Of(line), new Queue(line.GetValue(queue)!) { IsDurable = line.GetValue(durable) }, line.GetValue(body)!, stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string uri, Queue queue, string body, CancellationToken stopping)
    {
        var message = await BodyArgument.ReadAsync(body, terminal, stopping);
        await using var bus = await Connecting.ToBusAsync(uri, "send", stopping);
        await Declared.OrAsItIsAsync(queue, async declared =>
        {
            await bus.SendAsync(declared, message, new SendOptions { IsPersistent = queue.IsDurable }, stopping);
            return declared;
        });
        return ExitCode.Ok;
    }
}
