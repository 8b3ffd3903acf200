namespace Warren.Tests.Contracts;

public sealed class ContractTests
{
    private readonly Calculator _calculator = new();
    private readonly OddShapes _odd = new();

    [Fact]
    public void A_contract_knows_its_address_and_its_methods()
    {
        var contract = RpcContract<ICalculator>.Get();

        Assert.Equal("rpc.calculator", contract.Name);
        Assert.Equal(["Fib", "Series", "Log"], contract.Methods.Select(method => method.Name));
        Assert.Equal([RpcMethodKind.Call, RpcMethodKind.Stream, RpcMethodKind.OneWay], contract.Methods.Select(method => method.Kind));
        Assert.Equal([true, false, false], contract.Methods.Select(method => method.IsIdempotent));
        Assert.Equal(contract.Methods, contract.Handlers.Select(handler => handler.Method));
        Assert.Equal("rpc.odd-shapes", RpcContract<IOddShapes>.Get().Name);
        Assert.Equal("test.nested", RpcContract<Outer.INested>.Get().Name);
        Assert.Equal((ContractQueue.Quorum, ContractQueue.Classic), (contract.Queue, RpcContract<Outer.INested>.Get().Queue));
    }

    [Fact]
    public void An_interface_that_nothing_was_generated_for_says_what_is_missing()
    {
        var error = Assert.Throws<InvalidOperationException>(() => RpcContract<Outer.IOther>.Get());

        Assert.Contains("[RpcContract]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_is_a_json_object_of_parameters_and_a_plain_reply()
    {
        var loopback = new Loopback<ICalculator>(_calculator);

        Assert.Equal(55, await loopback.Client.Fib(10));

        Assert.Equal(["""{"n":10}"""], loopback.Sent);
        Assert.Equal("55", loopback.LastReply.ToString());
        Assert.Equal(ContentType.Text, loopback.LastReply.ContentType);
    }

    [Fact]
    public async Task One_way_methods_are_sent()
    {
        var loopback = new Loopback<ICalculator>(_calculator);

        await loopback.Client.Log("tea <time> \"now\" åß");
        await new Loopback<IOddShapes>(_odd).Client.Tell(7);

        Assert.Equal(["tea <time> \"now\" åß"], _calculator.Lines);
        Assert.Equal(7, _odd.Told);
    }

    [Fact]
    public async Task Streams_give_their_items_in_order()
    {
        var loopback = new Loopback<ICalculator>(_calculator);

        Assert.Equal([0, 1, 2, 3], await loopback.Client.Series(4).ToListAsync());
        Assert.Equal([], await loopback.Client.Series(0).ToListAsync());

        var odd = new Loopback<IOddShapes>(_odd);
        Assert.Equal([new Line("bolt", 1), new Line("bolt", 2)], await odd.Client.Lines(2).ToListAsync());
        Assert.Equal(["one", null, "null"], await odd.Client.Texts().ToListAsync());
    }

    [Fact]
    public async Task A_stream_that_fails_gives_its_items_first()
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await new Loopback<IOddShapes>(_odd).Client.Lines(0).ToListAsync());

        Assert.Equal(RpcStatus.NotFound, error.Status);
    }

    [Fact]
    public async Task A_cancelled_stream_ends_its_method()
    {
        using var source = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in new Loopback<ICalculator>(_calculator).Client.Series(-1, source.Token))
            {
                if (item == 3)
                    await source.CancelAsync();
            }
        });

        await _calculator.StreamEnded.Task;
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_to_its_end_is_disposed()
    {
        await foreach (var item in new Loopback<ICalculator>(_calculator).Client.Series(-1))
        {
            if (item == 3)
                break;
        }

        await _calculator.StreamEnded.Task;
    }

    [Fact]
    public async Task Inherited_methods_overloads_and_values_of_every_shape()
    {
        var loopback = new Loopback<IOddShapes>(_odd);
        var client = loopback.Client;

        Assert.Equal("pong", await client.Ping());
        Assert.Equal("pongpong", await client.Ping(2));
        await client.Nothing();
        await client.Nothing2();
        Assert.Equal(12, await client.Sum([3, 4, 5]));
        Assert.Equal(8, await client.Twice(3) + 2);
        Assert.Equal("x Red ?", await client.@event("x", Colour.Red, "?"));
        Assert.False(await client.CanBeCancelled());
        Assert.True(await client.CanBeCancelled(new CancellationTokenSource().Token));

        Assert.Equal(["{}", """{"times":2}""", "{}", "{}", """{"all":[3,4,5]}"""], loopback.Sent.Take(5));
    }

    [Fact]
    public void Handlers_say_whether_they_take_a_token() => Assert.All(RpcContract<IOddShapes>.Get().Handlers, handler => Assert.True(handler.TakesToken));

    [Theory]
    [InlineData("Sum", """{"a":1}""", "3")]
    [InlineData("Sum", """{"c":10,"b":1,"a":1}""", "12")]
    [InlineData("Sum", """ { "a" : 1 , "c" : null, "unknown": [{"deep":[1,2]}] } """, "3")]
    [InlineData("event", """{"class":"x"}""", "x Green quote \" and \n")]
    [InlineData("event", """{"cl\u0061ss":"x","default":"Red","text":""}""", "x Red ")]
    [InlineData("Defaults", "{}", "0.5 1.5 -9223372036854775808 ' True 00:00:00 Cheese, Olives NaN null")]
    [InlineData("Ping", "", "pong")]
    public async Task Missing_parameters_take_their_defaults_and_unknown_ones_are_ignored(string method, string body, string reply) =>
        Assert.Equal(reply, await new Loopback<IOddShapes>(_odd).ReplyAsync(method, body));

    [Theory]
    [InlineData("{}", "n: missing")]
    [InlineData("", "n: missing")]
    [InlineData("""{"N":1}""", "n: missing")]
    [InlineData("""{"n":null}""", "n: null is not a whole number (Int32)")]
    [InlineData("""{"n":"1"}""", "n: the text '1' is not a whole number (Int32)")]
    [InlineData("""{"n":1.0}""", "n: '1.0' is not a whole number (Int32)")]
    [InlineData("""{"n":2147483648}""", "n: '2147483648' is not a whole number (Int32)")]
    [InlineData("""{"n":[1]}""", "n: a list is not a whole number (Int32)")]
    [InlineData("""{"n":{}}""", "n: an object is not a whole number (Int32)")]
    [InlineData("30", "'30' is not an object")]
    [InlineData("null", "null is not an object")]
    [InlineData("""{"n":1} 2""", "the body is not JSON")]
    [InlineData("""{"n":1""", "the body is not JSON")]
    [InlineData("""{"n":1,}""", "the body is not JSON")]
    [InlineData("""{"n":47}""", "n: The field n must be between 0 and 46.")]
    [InlineData("""{"n":-1}""", "n: The field n must be between 0 and 46.")]
    public void Arguments_that_are_wrong_never_reach_the_method(string body, string error) =>
        Assert.StartsWith(error, new Loopback<ICalculator>(_calculator).Refusal("Fib", body), StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"line\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"line\":\"\u001b\"}")]
    public void Text_that_is_no_text_is_refused(string body) => Assert.NotEqual("", new Loopback<ICalculator>(_calculator).Refusal("Log", body));

    [Fact]
    public void Octets_that_are_no_utf8_are_refused()
    {
        var handler = RpcContract<ICalculator>.Get().Handlers[2];

        Assert.False(handler.TryStart(_calculator, (byte[])[.. "{\"line\":\""u8, 0xC3, 0x28, .. "\"}"u8], default, out _, out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public async Task Null_where_none_may_be_is_refused_before_it_is_sent()
    {
        var loopback = new Loopback<ICalculator>(_calculator);

        var error = await Assert.ThrowsAsync<RpcException>(() => loopback.Client.Log(null!));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, "Log: line: null is not a text"), (error.Status, error.Outcome, error.Detail));
        Assert.Empty(loopback.Sent);
    }

    [Fact]
    public async Task Faults_arrive_as_they_were_thrown()
    {
        var client = new Loopback<IBank>(new Bank()).Client;

        var poor = await Assert.ThrowsAsync<RpcFaultException<InsufficientFunds>>(() => client.Withdraw("poor", 5));
        Assert.Equal(new InsufficientFunds(3.50m, "EUR"), poor.Fault);
        Assert.Equal((RpcStatus.FailedPrecondition, RpcOutcome.Executed, "not enough money"), (poor.Status, poor.Outcome, poor.Detail));

        var closed = await Assert.ThrowsAsync<RpcFaultException<AccountClosed>>(() => client.Withdraw("closed", 5));
        Assert.Equal(new AccountClosed(new DateOnly(2030, 12, 31)), closed.Fault);
        Assert.Equal((RpcStatus.NotFound, "AccountClosed"), (closed.Status, closed.Detail));
    }

    [Fact]
    public async Task Data_of_a_fault_that_is_not_declared_stay_in_the_server()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => new Loopback<IBank>(new Bank()).Client.Withdraw("undeclared", 5));

        Assert.Equal("secret", error.Detail);
    }

    [Fact]
    public void A_fault_whose_data_cannot_be_read_keeps_its_status()
    {
        var fault = RpcContract<IBank>.Get().Methods[0].FindFault("InsufficientFunds")!;

        var error = fault.Decode("""{"balance":"much"}"""u8, RpcStatus.Aborted, RpcOutcome.Executed, "no");

        Assert.Equal(typeof(RpcException), error.GetType());
        Assert.Equal(RpcStatus.Aborted, error.Status);
        Assert.Contains("balance", error.Detail, StringComparison.Ordinal);
        Assert.Null(RpcContract<IBank>.Get().Methods[0].FindFault("Nothing"));
    }

    [Fact]
    public async Task What_a_method_throws_before_its_first_await_stands_in_its_reply()
    {
        var handler = RpcContract<IBank>.Get().Handlers[0];

        Assert.True(handler.TryStart(new Bank(), """{"account":"bug","amount":1}"""u8.ToArray(), default, out var reply, out _));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reply);
    }

    [Fact]
    public async Task A_described_type_travels_as_its_context_says()
    {
        var loopback = new Loopback<IShapes>(new Shapes());

        Assert.Equal(new Circle(3), await loopback.Client.Grow(new Circle(2), [new Square(1)]));

        Assert.Equal(["""{"shape":{"$type":"circle","size":2},"others":[{"$type":"square","size":1}]}"""], loopback.Sent);
    }

    [Fact]
    public async Task A_described_type_is_checked_by_our_rules()
    {
        var loopback = new Loopback<IShapes>(new Shapes());

        Assert.Equal("shape: this is not a Shape", loopback.Refusal("Grow", """{"shape":{"$type":"circle","size":"2"},"others":[]}""")[..26]);
        Assert.Equal("shape.size: The field size must be between 1 and 10.", loopback.Refusal("Grow", """{"shape":{"$type":"circle","size":11},"others":[]}"""));
        var error = await Assert.ThrowsAsync<RpcException>(() => loopback.Client.Grow(new Circle(1), [new Square(1), new Square(0)]));
        Assert.Equal("Grow: others[1].size: The field size must be between 1 and 10.", error.Detail);
    }
}
