using Questions;

// dotnet run --project samples/8-questions -- no-server
// Each has its page in docs/questions, its broker in the box, and ends by itself.
Dictionary<string, Func<Task>> questions = new()
{
    ["no-server"] = NoServer.RunAsync,
    ["timeout"] = TimeIsUp.RunAsync,
    ["server-throws"] = ServerThrows.RunAsync,
    ["invalid-message"] = InvalidMessage.RunAsync,
    ["server-dies"] = ServerDies.RunAsync,
    ["too-slow"] = TooSlow.RunAsync,
};
if (args is not [var name] || !questions.TryGetValue(name, out var question))
{
    Console.Error.WriteLine($"Usage: dotnet run -- {string.Join(" | ", questions.Keys)}");
    return 64;
}
await question();
return 0;
