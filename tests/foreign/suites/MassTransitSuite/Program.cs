using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Warren.Suites;

// MassTransit as it is, against the broker of WARREN_URI. Delays need the exchange type x-delayed-message: a broker without it runs none of those tests.
var uri = new Uri(Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@127.0.0.1:5672/");
await WithHostAsync(delays: false, async services =>
{
    var (bus, seen, scopes) = (services.GetRequiredService<IBus>(), services.GetRequiredService<Seen>(), services.GetRequiredService<IServiceScopeFactory>());
    await TestAsync("publish_reaches_every_endpoint", async () =>
    {
        var ids = Enumerable.Range(0, 50).Select(_ => Guid.NewGuid()).ToArray();
        await Task.WhenAll(ids.Select((id, i) => bus.Publish(new Ordered(id, i))));
        foreach (var endpoint in new[] { "suite-orders-a", "suite-orders-b" })
            await UntilAsync(() => ids.All(id => seen.Count(endpoint, id) == 1), $"every event once at {endpoint}");
    });
    await TestAsync("send_reaches_one_endpoint", async () =>
    {
        var id = Guid.NewGuid();
        await (await bus.GetSendEndpoint(new Uri("queue:suite-orders-a"))).Send(new Ordered(id, 1));
        await UntilAsync(() => seen.Count("suite-orders-a", id) == 1, "the message");
        if (seen.Count("suite-orders-b", id) != 0)
            throw new InvalidOperationException("the other endpoint got it too");
    });
    await TestAsync("requests_are_answered", async () =>
    {
        using var scope = scopes.CreateScope();
        var client = scope.ServiceProvider.GetRequiredService<IRequestClient<Square>>();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => client.GetResponse<Squared>(new Square(n))));
        if (!answers.Select(answer => answer.Message.Number).SequenceEqual(Enumerable.Range(0, 20).Select(n => n * n)))
            throw new InvalidOperationException("wrong answers");
    });
    await TestAsync("a_request_that_fails_is_a_fault", async () =>
    {
        using var scope = scopes.CreateScope();
        try
        {
            await scope.ServiceProvider.GetRequiredService<IRequestClient<Square>>().GetResponse<Squared>(new Square(-1));
        }
        catch (RequestFaultException e) when (e.Fault!.Exceptions[0].Message == "-1 is negative")
        {
            return;
        }
        throw new InvalidOperationException("expected a fault");
    });
    await TestAsync("a_consumer_is_retried", async () =>
    {
        var id = Guid.NewGuid();
        await bus.Publish(new Shaky(id, "retried"));
        await UntilAsync(() => seen.Count("shaky", id) == 3, "three attempts");
    });
    await TestAsync("what_fails_for_ever_is_a_fault", async () =>
    {
        var id = Guid.NewGuid();
        await bus.Publish(new Shaky(id, "fails"));
        await UntilAsync(() => seen.Count("fault", id) == 1, "the fault");
        await UntilAsync(() => seen.Count("shaky", id) == 4, "four attempts");
    });
    await TestAsync("an_endpoint_with_a_time_to_live_and_priority_works", async () =>
    {
        var id = Guid.NewGuid();
        await bus.Publish(new Ordered(id, 1), context =>
        {
            context.TimeToLive = TimeSpan.FromMinutes(1);
            context.SetPriority(5);
        });
        await UntilAsync(() => seen.Count("suite-orders-b", id) == 1, "the event");
    });
});
if (await TakesDelaysAsync())
    await WithHostAsync(delays: true, TestDelaysAsync);

// On a broker without the type MassTransit would go on trying for as long as it is let.
async Task<bool> TakesDelaysAsync()
{
    await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
    await using var channel = await connection.CreateChannelAsync();
    try
    {
        await channel.ExchangeDeclareAsync("suite-probe", "x-delayed-message", arguments: new Dictionary<string, object?> { ["x-delayed-type"] = "fanout" });
        await channel.ExchangeDeleteAsync("suite-probe");
        return true;
    }
    catch (OperationInterruptedException e) when (e.ShutdownReason is { ReplyCode: 406 or 503 }) // Which one depends on the release.
    {
        return false;
    }
}

static async Task TestDelaysAsync(IServiceProvider services)
{
    var (bus, seen) = (services.GetRequiredService<IBus>(), services.GetRequiredService<Seen>());
    await TestAsync("redelivery_through_x_delayed_message", async () =>
    {
        var id = Guid.NewGuid();
        await bus.Publish(new Shaky(id, "redelivered"));
        await UntilAsync(() => seen.Count("redelivered", id) == 1, "the redelivery");
    });
    await TestAsync("scheduled_publish_through_x_delayed_message", async () =>
    {
        var id = Guid.NewGuid();
        using var scope = services.CreateScope();
        var began = DateTime.UtcNow;
        await scope.ServiceProvider.GetRequiredService<IMessageScheduler>().SchedulePublish(began + TimeSpan.FromSeconds(1), new Reminder(id));
        await UntilAsync(() => seen.Count("reminder", id) == 1, "the reminder");
        if (DateTime.UtcNow - began < TimeSpan.FromMilliseconds(900))
            throw new InvalidOperationException("it came too early");
    });
}

async Task WithHostAsync(bool delays, Func<IServiceProvider, Task> tests)
{
    var builder = Host.CreateApplicationBuilder();
    builder.Logging.ClearProviders();
    builder.Services.AddSingleton<Seen>();
    builder.Services.AddMassTransit(bus =>
    {
        bus.AddConsumers(typeof(Seen).Assembly);
        bus.AddRequestClient<Square>(RequestTimeout.After(s: 15));
        if (delays)
            bus.AddDelayedMessageScheduler();
        bus.UsingRabbitMq((context, rabbit) => Configure(context, rabbit, delays));
    });
    using var host = builder.Build();
    await host.StartAsync();
    var health = await host.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(30));
    if (health == BusHealthStatus.Healthy)
        await tests(host.Services);
    using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
    await host.StopAsync(patience.Token);
}

void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit, bool delays)
{
    rabbit.Host(uri);
    if (delays)
        rabbit.UseDelayedMessageScheduler();
    foreach (var name in new[] { "suite-orders-a", "suite-orders-b" })
    {
        rabbit.ReceiveEndpoint(name, endpoint =>
        {
            if (name.EndsWith('b'))
                endpoint.EnablePriority(10);
            endpoint.PrefetchCount = 10;
            endpoint.ConfigureConsumer<OrderedConsumer>(context);
        });
    }
    rabbit.ReceiveEndpoint("suite-square", endpoint => endpoint.ConfigureConsumer<SquareConsumer>(context));
    rabbit.ReceiveEndpoint(delays ? "suite-shaky-later" : "suite-shaky", endpoint =>
    {
        if (delays)
            endpoint.UseDelayedRedelivery(retry => retry.Interval(2, TimeSpan.FromMilliseconds(300)));
        else
            endpoint.UseMessageRetry(retry => retry.Immediate(3));
        endpoint.ConfigureConsumer<ShakyConsumer>(context);
    });
    rabbit.ReceiveEndpoint("suite-faults", endpoint => endpoint.ConfigureConsumer<FaultConsumer>(context));
    if (delays)
        rabbit.ReceiveEndpoint("suite-reminders", endpoint => endpoint.ConfigureConsumer<ReminderConsumer>(context));
}

static async Task TestAsync(string name, Func<Task> test)
{
    try
    {
        await test().WaitAsync(TimeSpan.FromSeconds(20));
        Console.WriteLine($"result pass {name}");
    }
    catch (Exception e)
    {
        Console.WriteLine($"{name}: {e}\nresult FAIL {name}");
    }
}

static async Task UntilAsync(Func<bool> condition, string what)
{
    for (var i = 0; !condition(); i++)
    {
        if (i == 800)
            throw new TimeoutException($"expected: {what}");
        await Task.Delay(20);
    }
}
