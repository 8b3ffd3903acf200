using System.CommandLine;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren publish EXCHANGE KEY BODY</c>: one message to an exchange, confirmed by the broker.</summary>
internal static class PublishVerb
{
    public static Command Create(Terminal terminal)
    {
        var exchange = new Argument<string>("EXCHANGE") { Description = "The exchange" };
        var key = new Argument<string>("KEY") { Description = "The routing key; \"\" for a fanout exchange" };
        var body = BodyArgument.Create();
        var type = ExchangeType.CreateOption();
        var mandatory = new Option<bool>("--mandatory") { Description = "Fail when no queue takes the message" };
        var uri = new UriOption();
        var verb = new Verb("publish", "Publishes a message to an exchange and waits until the broker has confirmed it.")
        {
            Examples =
            [
                "warren publish logs \"\" \"something happened\" --type fanout",
                "warren publish direct_logs error \"it burns\" --type direct",
                "warren publish topic_logs kern.critical \"a kernel error\" --type topic --mandatory",
                "warren publish amq.topic kern.critical \"a kernel error\"",
            ],
        };
        verb.Arguments.Add(exchange);
        verb.Arguments.Add(key);
        verb.Arguments.Add(body);
        verb.Options.Add(type);
        verb.Options.Add(mandatory);
        verb.Options.Add(uri);
        verb.SetAction((line, stopping) => RunAsync(
            terminal,
            uri.Of(line),
            ExchangeType.ToExchange(line.GetValue(exchange)!, line.GetValue(type)),
            line.GetValue(key)!,
            line.GetValue(body)!,
            new SendOptions { IsMandatory = line.GetValue(mandatory) },
            stopping));
        return verb;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, string uri, Exchange exchange, string key, string body, SendOptions options, CancellationToken stopping)
    {
        var message = await BodyArgument.ReadAsync(body, terminal, stopping);
        await using var bus = await Connecting.ToBusAsync(uri, "publish", stopping);
        await Declared.OrAsItIsAsync(exchange, async declared =>
        {
            await bus.PublishAsync(declared, key, message, options, stopping);
            return declared;
        });
        return ExitCode.Ok;
    }
}
