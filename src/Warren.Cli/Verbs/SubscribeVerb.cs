using System.CommandLine;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren subscribe EXCHANGE [KEY...]</c>: prints what is published to an exchange from now on.</summary>
internal static class SubscribeVerb
{
    private const string Everything = "#"; // For a topic exchange; a fanout exchange takes any key.

    public static Command Create(Terminal terminal)
    {
        var exchange = new Argument<string>("EXCHANGE") { Description = "The exchange" };
        var keys = new Argument<string[]>("KEY")
        {
            Description = "Routing keys, or patterns for a topic exchange: * is one word, # any number [default: #, everything of a topic or fanout exchange]",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var type = ExchangeType.CreateOption();
        var count = NumberOption.Create("--count", "End after this many messages; 0 goes on until Ctrl+C", 0, 0);
        var uri = new UriOption();
        var verb = new Verb("subscribe", "Prints the messages published to an exchange from now on: routing key, tab, body.")
        {
            Examples =
            [
                "warren subscribe logs --type fanout",
                "warren subscribe direct_logs warning error --type direct",
                "warren subscribe topic_logs \"kern.*\" \"*.critical\" --type topic",
                "warren subscribe amq.topic --count 10",
            ],
        };
        verb.Arguments.Add(exchange);
        verb.Arguments.Add(keys);
        verb.Options.Add(type);
        verb.Options.Add(count);
        verb.Options.Add(uri);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(type) == "direct" && result.GetValue(keys) is null or [])
                result.AddError("A direct exchange needs at least one KEY: nothing would come");
        });
        verb.SetAction((line, stopping) => RunAsync(
            terminal,
            uri.Of(line),
            ExchangeType.ToExchange(line.GetValue(exchange)!, line.GetValue(type)),
            line.GetValue(keys) is { Length: > 0 } some ? some : [Everything],
            line.GetValue(count),
            stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string uri, Exchange exchange, string[] keys, int count, CancellationToken stopping)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var printed = 0;
        void Print(Message message)
        {
            if (count > 0 && printed == count)
                return; // It came while the subscription was ending.
            terminal.WriteForeign($"{message.RoutingKey}\t{message.Text}");
            terminal.Out.Flush();
            if (++printed == count)
                done.SetResult();
        }

        await using var bus = await Connecting.ToLastingBusAsync(uri, "subscribe", terminal, stopping);
        await using var subscription = await Declared.OrAsItIsAsync(
            exchange, declared => bus.SubscribeAsync(declared, keys, (Action<Message>)Print, cancellationToken: stopping));
        await terminal.Error.WriteLineAsync($"Subscribed to exchange {exchange.Name}, {string.Join(' ', keys)}. Ctrl+C stops.");
        await Stopping.UntilAsync(done.Task, stopping);
        return count == 0 || done.Task.IsCompleted ? ExitCode.Ok : ExitCode.Interrupted;
    }
}
