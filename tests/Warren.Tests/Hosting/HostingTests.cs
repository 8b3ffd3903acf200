using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Warren.Amqp;
using Warren.Client;
using Warren.Tests.Calls;

namespace Warren.Tests.Hosting;

/// <summary>Warren in an application with a host.</summary>
public sealed class HostingTests
{
    private static readonly CallOptions Long = new() { Timeout = TimeSpan.FromMinutes(5) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_contract_is_served_and_injected()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(broker, warren => warren.Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long));
        await host.StartAsync(Token);

        Assert.Equal("Hello, Ada", await host.Services.GetRequiredService<IGreeter>().Greet("Ada", Token));
        Assert.Same(host.Services.GetRequiredService<Bus>(), host.Services.GetRequiredService<Bus>());

        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_scoped_service_has_a_scope_per_request_that_ends_with_it()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(broker, warren => warren.Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long), services => services.AddSingleton<Births>().AddScoped<Unit>());
        await host.StartAsync(Token);
        var births = host.Services.GetRequiredService<Births>();
        var greeter = host.Services.GetRequiredService<IGreeter>();

        for (var i = 0; i < 3; i++)
            await greeter.Unit(Token);
        var items = new List<int>();
        await foreach (var item in greeter.Count(3, Token))
            items.Add(item);

        int[] expected = [0, 1, 2];
        Assert.Equal(expected, items);
        Assert.Equal(4, births.Born);
        await UntilAsync(() => births.Died == 4);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_request_that_is_refused_leaves_no_scope_behind()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(broker, warren => warren.Serve<IGreeter, Greeter>(), services => services.AddSingleton<Births>().AddScoped<Unit>());
        await host.StartAsync(Token);
        await using var connection = await broker.ConnectClientAsync();
        var channel = await connection.OpenChannelAsync(Token);

        await channel.PublishAsync("warren.rpc", "rpc.greeter", "{\"many\":\"x\"}"u8.ToArray(), new BasicProperties { Headers = FieldTable.Create(("rpc-method", "Count")) }, cancellationToken: Token);

        var births = host.Services.GetRequiredService<Births>();
        await UntilAsync(() => births.Born == 1 && births.Died == 1);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_singleton_serves_all_requests()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(
            broker,
            warren => warren.Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long),
            services => services.AddSingleton<Births>().AddSingleton<Unit>().AddSingleton<Greeter>()); // After Serve: the last one counts.
        await host.StartAsync(Token);
        var greeter = host.Services.GetRequiredService<IGreeter>();

        for (var i = 0; i < 3; i++)
            await greeter.Unit(Token);

        Assert.Equal((1, 0), (host.Services.GetRequiredService<Births>().Born, host.Services.GetRequiredService<Births>().Died));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Named_connections_are_keyed_services()
    {
        await using var orders = await BoxedBroker.StartAsync();
        await using var plain = await BoxedBroker.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddWarren("orders", options => options.InProcess = orders).Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long);
        builder.Services.AddWarren(options => options.InProcess = plain).Serve<IOther, Other>().Client<IOther>(_ => Long);
        builder.Services.AddSingleton<Births>().AddScoped<Unit>();
        using var host = builder.Build();
        await host.StartAsync(Token);

        Assert.NotSame(host.Services.GetRequiredService<Bus>(), host.Services.GetRequiredKeyedService<Bus>("orders"));
        Assert.Equal("Hello, Ada", await host.Services.GetRequiredKeyedService<IGreeter>("orders").Greet("Ada", Token));
        Assert.Same(host.Services.GetRequiredService<IGreeter>(), host.Services.GetRequiredKeyedService<IGreeter>("orders")); // The only one there is.
        Assert.Equal(7, await host.Services.GetRequiredService<IOther>().Same(7, Token));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_broker_that_is_down_is_waited_for()
    {
        await using var broker = await BoxedBroker.StartAsync();
        var late = new LateBroker(broker);
        using var host = Build(late, warren => warren.Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long with { Retry = new RetryPolicy(maxAttempts: 100, firstDelay: TimeSpan.FromMilliseconds(5), budget: 1000) }));
        await host.StartAsync(Token);
        var call = host.Services.GetRequiredService<IGreeter>().Greet("Ada", Token);
        await UntilAsync(() => late.Refused >= 3);
        Assert.False(call.IsCompleted);
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(host, TimeSpan.FromMilliseconds(20))).Status);

        late.IsUp = true;

        Assert.Equal("Hello, Ada", await call);
        Assert.Equal(0, host.Services.GetRequiredService<Bus>().Statistics.Reconnects);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_contract_that_is_refused_for_ever_keeps_no_other_waiting()
    {
        await using var broker = await BoxedBroker.StartAsync();
        await using (var foreign = await broker.ConnectClientAsync())
            await (await foreign.OpenChannelAsync(Token)).DeclareQueueAsync("rpc.greeter", durable: true, cancellationToken: Token); // Not as the contract wants it: 406.
        var late = new LateBroker(broker);
        using var host = Build(late, warren => warren.Serve<IGreeter, Greeter>().Serve<IOther, Other>().Client<IOther>(_ => Long with { Retry = new RetryPolicy(maxAttempts: 100, firstDelay: TimeSpan.FromMilliseconds(5), budget: 1000) }));
        await host.StartAsync(Token);

        late.IsUp = true;

        Assert.Equal(7, await host.Services.GetRequiredService<IOther>().Same(7, Token));
        Assert.Equal("rpc.greeter", Assert.Single(host.Services.GetRequiredKeyedService<RunningServers>("").Missing));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_broker_that_never_comes_holds_up_no_stop()
    {
        await using var broker = await BoxedBroker.StartAsync();
        var late = new LateBroker(broker);
        var host = Build(late, warren => warren.Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long));
        await host.StartAsync(Token);
        var call = host.Services.GetRequiredService<IGreeter>().Greet("Ada", Token);

        await host.StopAsync(Token);
        host.Dispose();

        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Fact]
    public async Task A_broker_that_is_down_fails_the_start_where_that_is_asked()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(new LateBroker(broker), warren => warren.Services.Configure<WarrenOptions>(options => options.FailFast = true));

        await Assert.ThrowsAnyAsync<AmqpException>(() => host.StartAsync(Token));
    }

    [Fact]
    public async Task A_broker_that_refuses_the_login_fails_the_start()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(broker, warren => warren.Services.Configure<WarrenOptions>(options => options.Connection = connection => connection with { VirtualHost = "nowhere" }));

        await Assert.ThrowsAsync<AccessRefusedException>(() => host.StartAsync(Token));
    }

    [Fact]
    public async Task A_connection_may_be_added_to_from_several_places()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(broker, warren =>
        {
            warren.Serve<IGreeter, Greeter>();
            warren.Services.AddWarren(options => options.Bus = options.Bus with { CallTimeout = TimeSpan.FromMinutes(5) }).Serve<IOther, Other>().Client<IOther>().Client<IGreeter>();
        });
        await host.StartAsync(Token);

        Assert.Equal(7, await host.Services.GetRequiredService<IOther>().Same(7, Token));
        Assert.Equal("Hello, Ada", await host.Services.GetRequiredService<IGreeter>().Greet("Ada", Token));
        Assert.Equal(TimeSpan.FromMinutes(5), host.Services.GetRequiredService<Bus>().Options.CallTimeout);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(host)).Status);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_stop_lets_requests_finish()
    {
        await using var broker = await BoxedBroker.StartAsync();
        await using var caller = await broker.ConnectAsync();
        using var host = Build(broker, warren => warren.Serve<IOther, Other>());
        await host.StartAsync(Token);
        var gate = host.Services.GetRequiredService<Gate>();
        var call = caller.Client<IOther>(Long).Wait(Token);
        await gate.Entered.Task;

        var stopping = host.StopAsync(Token);
        Assert.False(stopping.IsCompleted);
        gate.Release.SetResult();

        Assert.Equal("finished", await call);
        await stopping;
    }

    [Fact]
    public async Task A_stop_takes_no_longer_than_the_host_allows()
    {
        await using var broker = await BoxedBroker.StartAsync();
        await using var caller = await broker.ConnectAsync();
        using var host = Build(broker, warren => warren.Serve<IOther, Other>(serve => serve with { DrainTime = TimeSpan.FromDays(1) }));
        await host.StartAsync(Token);
        var call = caller.Client<IOther>(Long).Wait(Token);
        await host.Services.GetRequiredService<Gate>().Entered.Task;
        using var shutdown = new CancellationTokenSource();

        var stopping = host.StopAsync(shutdown.Token);
        Assert.False(stopping.IsCompleted);
        await shutdown.CancelAsync();

        // The handler's token fires, so the caller is told.
        await Assert.ThrowsAsync<RpcException>(() => call);
        await Task.WhenAny(stopping); // The host itself says that the time was up.
    }

    [Fact]
    public void Options_come_from_a_configuration_section()
    {
        var options = OptionsOf(
            ("Uri", "amqp://ada@example/"), ("FailFast", "true"), ("CallTimeout", "00:00:03"), ("reconnect:maxdelay", "00:01:00"), ("Serve:Prefetch", "7"), ("Serve:Version", "1.2"));

        Assert.Equal(("amqp://ada@example/", true), (options.Uri, options.FailFast));
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(1)), (options.Bus.CallTimeout, options.Bus.Reconnect.MaxDelay));
        Assert.Equal((7, "1.2", 64), (options.Serve!(new ServeOptions()).Prefetch, options.Serve(new ServeOptions()).Version, new ServeOptions().Prefetch));
    }

    [Theory]
    [InlineData("Uri", "http://localhost", "Uri: ")]
    [InlineData("Uri", "", "Uri is missing")]
    [InlineData("CallTimeout", "10", "Warren:CallTimeout is '10'; write a time as hh:mm:ss")]
    [InlineData("CallTimeout", "-00:00:01", "CallTimeout is -00:00:01; it has to be more than zero")]
    [InlineData("MaxPendingCalls", "many", "Warren:MaxPendingCalls is 'many'; write a whole number")]
    [InlineData("MaxPendingCalls", "0", "MaxPendingCalls is 0; it has to be from 1 to")]
    [InlineData("CalTimeout", "00:00:10", "Warren:CalTimeout means nothing here")]
    [InlineData("Serve:Prefetch", "0", "Serve:Prefetch of rpc.greeter")]
    [InlineData("Reconnect:MaxDelay", "00:00:00", "Reconnect:MaxDelay is 00:00:00; it has to be at least")]
    public async Task A_wrong_option_fails_the_start_and_is_named(string key, string value, string words)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Warren:Uri"] = "amqp://localhost:1/", [$"Warren:{key}"] = value });
        builder.Services.AddWarren(builder.Configuration.GetSection("Warren")).Serve<IGreeter, Greeter>();
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_check_makes_a_call()
    {
        await using var broker = await BoxedBroker.StartAsync();
        using var host = Build(broker, warren => warren.Serve<IGreeter, Greeter>());
        await host.StartAsync(Token);
        var bus = host.Services.GetRequiredService<Bus>();
        var before = bus.Statistics.Replies;

        var report = await HealthAsync(host);

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(before + 1, bus.Statistics.Replies);
        await host.StopAsync(Token);
        host.Dispose();
    }

    [Fact]
    public async Task Contracts_and_health_work_in_AspNet()
    {
        await using var broker = await BoxedBroker.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddWarren(options => options.InProcess = broker).Serve<IGreeter, Greeter>().Client<IGreeter>(_ => Long);
        builder.Services.AddHealthChecks().AddWarren();
        builder.Services.AddSingleton<Births>().AddScoped<Unit>().AddSingleton<Gate>();
        await using var application = builder.Build();
        application.MapGet("/greet/{name}", (string name, IGreeter greeter, CancellationToken token) => greeter.Greet(name, token));
        application.MapHealthChecks("/health", new HealthCheckOptions());
        await application.StartAsync(Token);
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };

        Assert.Equal("Hello, Ada", await http.GetStringAsync("/greet/Ada", Token));
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Token));

        await application.StopAsync(Token);
    }

    private static IHost Build(IInProcessBroker broker, Action<WarrenBuilder> configure, Action<IServiceCollection>? more = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<Gate>();
        builder.Services.AddHealthChecks().AddWarren();
        configure(builder.Services.AddWarren(options =>
        {
            options.InProcess = broker;
            options.Bus = options.Bus with { Reconnect = new ReconnectPolicy { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5) } };
        }));
        if (more is null)
            builder.Services.AddSingleton<Births>().AddScoped<Unit>();
        else
            more(builder.Services);
        return builder.Build();
    }

    private static async Task<HealthReport> HealthAsync(IHost host, TimeSpan? within = null)
    {
        if (within is null)
            return await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        var check = new WarrenHealthCheck(host.Services.GetRequiredService<Bus>(), host.Services.GetRequiredKeyedService<RunningServers>(""), within.Value);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("warren", check, null, null) };
        var result = await check.CheckHealthAsync(context, Token);
        return new HealthReport(new Dictionary<string, HealthReportEntry> { ["warren"] = new(result.Status, result.Description, TimeSpan.Zero, null, null) }, TimeSpan.Zero);
    }

    private static WarrenOptions OptionsOf(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Warren:{setting.Key}", (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddWarren(configuration.GetSection("Warren"));
        return services.BuildServiceProvider().GetRequiredService<IOptions<WarrenOptions>>().Value;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(1, Token);
    }
}
