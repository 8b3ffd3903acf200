using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Warren.Broker;
using Warren.Tests.Contracts;
using Xunit.Sdk;

namespace Warren.Tests.Docs;

/// <summary>The code of README.md and of the first lines is compiled, and what can run runs.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_first_program_is_the_sample()
    {
        Assert.Equal(Page.ReadFile("samples/0-first/First/Program.cs"), Page.Read("README.md").Blocks("csharp")[0]);
    }

    [Fact]
    public void Every_other_line_of_code_is_compiled_here()
    {
        var code = Page.Squeeze(Page.ReadFile("tests/Warren.Tests/Docs/ReadmeTests.cs"));
        var paragraphs = Page.Read("README.md").Blocks("csharp").Skip(1).SelectMany(block => block.Split("\n\n")).Select(Page.Squeeze).ToArray();

        Assert.NotEmpty(paragraphs);
        Assert.All(paragraphs, paragraph => Assert.Contains(paragraph, code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_patterns_run()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        await using var bus = await Bus.ConnectAsync(broker);

        await using var server = await bus.ServeAsync("rpc_queue", (int n) => Fib(n));

        int answer = await bus.CallAsync<int>("rpc_queue", 30);                                     // 6 RPC: body "30"

        await bus.SendAsync("hello", "Hello World!");                                               // 1 hello world
        await using var receiver = await bus.ReceiveAsync("hello", (string text) => Console.WriteLine(text));

        await bus.SendAsync(Queue.Durable("tasks"), "a task");                                      // 2 work queue: persistent,
        await using var worker = await bus.ReceiveAsync(Queue.Durable("tasks"), (string task) => WorkAsync(task)); // done when the handler is

        await bus.PublishAsync(Exchange.Fanout("logs"), "", "a log line");                          // 3 publish/subscribe
        await using var all = await bus.SubscribeAsync(Exchange.Fanout("logs"), [""], (string text) => Console.WriteLine(text));

        await bus.PublishAsync(Exchange.Direct("direct_logs"), "error", "it burns");                // 4 routing
        await using var errors = await bus.SubscribeAsync(Exchange.Direct("direct_logs"), ["error"], (string text) => Console.WriteLine(text));

        await bus.PublishAsync(Exchange.Topic("topic_logs"), "kern.critical", "a kernel error");    // 5 topics
        await using var kernel = await bus.SubscribeAsync(Exchange.Topic("topic_logs"), ["kern.*"], (Message m) => Console.WriteLine(m.RoutingKey));

        Assert.Equal(832040, answer);
    }

    [Fact]
    public async Task A_call_without_a_server_fails_as_it_says()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        await using var bus = await Bus.ConnectAsync(broker);
        await using (await bus.ServeAsync<ICalculator>(new Calculator()))
        {
        }
        try
        {
            await bus.Client<ICalculator>().Fib(30);
            throw new XunitException("there is no server");
        }
        catch (RpcException e) when (e.Status == RpcStatus.Unavailable)
        // Unavailable: no server: queue rpc.calculator has 0 consumers. Not executed, safe to retry. (1.1 ms)
        {
            Assert.StartsWith("Unavailable: no server: queue rpc.calculator has 0 consumers. Not executed, safe to retry. (", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_registrations_are_accepted()
    {
        var builder = Host.CreateApplicationBuilder();

        builder.Services.AddWarren("amqp://...")
            .Serve<ICalculator, Calculator>()   // Calculator comes from the container
            .Client<ICalculator>();             // ICalculator is injectable

        builder.Services.AddWarren("amqp://...")                                    // or a configuration section, or options => ...
            .Serve<ICalculator, Calculator>(serve => serve with { Prefetch = 8 })   // Calculator comes from the container
            .Client<ICalculator>(call => call with { Mode = CallMode.Safe });       // ICalculator and Bus are injectable
        builder.Services.AddWarren("orders", "amqp://...");                         // another connection: [FromKeyedServices("orders")] Bus
        builder.Services.AddHealthChecks().AddWarren();                             // makes a call through the broker

        Assert.Contains(builder.Services, service => service.ServiceType == typeof(ICalculator));
    }

    internal static async Task ConnectAsync()
    {
        await using var bus = await Bus.ConnectAsync("amqp://guest:guest@localhost:5672/");
    }

    private static int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2);

    private static Task WorkAsync(string task) => Task.CompletedTask;
}
