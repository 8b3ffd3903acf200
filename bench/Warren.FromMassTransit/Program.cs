using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stock;
using Warren;
using Bus = Warren.Bus;

// WARREN_URI=amqp://... dotnet run --project bench/Warren.FromMassTransit
var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
Register(builder, uri);
using var host = builder.Build();
await host.StartAsync();

using (var scope = host.Services.CreateScope())
{
    var client = scope.ServiceProvider.GetRequiredService<IRequestClient<CheckStock>>();
    await ShowAsync(client, "tea");
    await ShowAsync(client, "coffee");
    await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new StockChanged("coffee", 7));
    await UntilAsync("coffee", 7);
    await ShowAsync(client, "coffee");
}

// From Warren to MassTransit: plain JSON, to an exchange that the endpoint is bound to.
await using (var bus = await Bus.ConnectAsync(uri))
{
    await bus.PublishAsync(Warren.Exchange.Fanout("stock-changed"), "", Payload.Json(new StockChanged("salt", 9), StockJson.Default.StockChanged));
    await UntilAsync("salt", 9);
    Console.WriteLine("From Warren: salt 9");

    // And back: the envelope is JSON, with the message inside.
    var received = new TaskCompletionSource<string>();
    await using var subscription = await bus.SubscribeAsync(Warren.Exchange.Existing("Stock:StockChanged"), [""], (Message message) => received.TrySetResult(message.Text));
    await host.Services.GetRequiredService<IBus>().Publish(new StockChanged("tea", 1));
    var envelope = System.Text.Json.JsonDocument.Parse(await received.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    Console.WriteLine($"From MassTransit: {envelope.RootElement.GetProperty("message")}");
}
await host.StopAsync();
return 0;

static void Register(HostApplicationBuilder builder, string uri)
{
    builder.Services.AddSingleton<Shelves>();
    builder.Services.AddMassTransit(bus =>
    {
        bus.AddConsumer<CheckStockConsumer>();
        bus.AddConsumer<StockChangedConsumer>();
        bus.AddRequestClient<CheckStock>(RequestTimeout.After(s: 5));
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(new Uri(uri));
            rabbit.UseMessageRetry(retry => retry.Interval(3, TimeSpan.FromMilliseconds(100)));
            rabbit.ReceiveEndpoint("stock-changed-plain", endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.Bind("stock-changed");
                endpoint.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
                endpoint.Consumer(() => new StockChangedConsumer(context.GetRequiredService<Shelves>()));
            });
            rabbit.ConfigureEndpoints(context);
        });
    });
}

static async Task ShowAsync(IRequestClient<CheckStock> client, string article)
{
    var response = await client.GetResponse<StockLevel, UnknownArticle>(new CheckStock(article));
    if (response.Is(out Response<StockLevel>? level))
        Console.WriteLine($"{article}: {level.Message.Count}");
    else if (response.Is(out Response<UnknownArticle>? unknown))
        Console.WriteLine($"no article {unknown.Message.Article}");
}

async Task UntilAsync(string article, int count)
{
    while (host.Services.GetRequiredService<Shelves>().Count(article) != count)
        await Task.Delay(10);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(StockChanged))]
[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
internal sealed partial class StockJson : System.Text.Json.Serialization.JsonSerializerContext;
