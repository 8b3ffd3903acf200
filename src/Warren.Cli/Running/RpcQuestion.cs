using System.Globalization;
using Spectre.Console;

namespace Warren.Cli.Running;

/// <summary>A question to running servers, and how its answers are shown.</summary>
internal sealed record RpcQuestion(string Name, string Word, string Description, Action<Table, IReadOnlyList<RpcAnswer>> Fill)
{
    public static IReadOnlyList<RpcQuestion> All { get; } =
    [
        new("ls", "ping", "Lists the services that have running servers.", List),
        new("info", "info", "Shows the methods of running servers.", Inform),
        new("stats", "stats", "Shows how much running servers have done since their start, and how long it took.", Count),
        new("ping", "ping", "Shows every running server, and after what time it answered.", Ping),
    ];

    public void Show(Terminal terminal, IReadOnlyList<RpcAnswer> answers)
    {
        var table = new Table { Border = TableBorder.Rounded };
        Fill(table, [.. answers.OrderBy(answer => answer.Service, StringComparer.Ordinal).ThenBy(answer => answer.Instance, StringComparer.Ordinal)]);
        terminal.Console(terminal.Out).Write(table);
    }

    private static void List(Table table, IReadOnlyList<RpcAnswer> answers)
    {
        table.AddColumns("service", "servers", "version", "hosts");
        foreach (var service in answers.GroupBy(answer => answer.Service))
            Row(table, service.Key, Number(service.Count()), Distinct(service, answer => answer.Version), Distinct(service, answer => answer.Host));
    }

    private static void Inform(Table table, IReadOnlyList<RpcAnswer> answers)
    {
        table.AddColumns("service", "method", "kind", "idempotent", "servers", "version");
        foreach (var service in answers.GroupBy(answer => answer.Service))
        {
            var methods = service.SelectMany(answer => answer.Methods.Select(method => (Answer: answer, Method: method))).GroupBy(pair => pair.Method.Text("name")).ToList();
            foreach (var method in methods)
            {
                var first = method.First().Method;
                Row(table, service.Key, method.Key, first.Text("kind"), first.Text("idempotent"), Number(method.Count()), Distinct(method, pair => pair.Answer.Version));
            }
            if (methods.Count == 0) // A queue, not a contract.
                Row(table, service.Key, "-", "-", "-", Number(service.Count()), Distinct(service, answer => answer.Version));
        }
    }

    private static void Count(Table table, IReadOnlyList<RpcAnswer> answers)
    {
        table.AddColumns("service", "instance", "in flight", "method", "count", "failures", "median", "p99");
        foreach (var answer in answers)
        {
            var methods = answer.Methods.ToList();
            foreach (var method in methods)
            {
                Row(
                    table, answer.Service, answer.Instance, answer.Text("inFlight"), method.Text("name"), method.Text("count"), method.Text("failures"), method.Time("medianMs"), method.Time("p99Ms"));
            }
            if (methods.Count == 0)
                Row(table, answer.Service, answer.Instance, answer.Text("inFlight"), "-", "0", "0", "-", "-");
        }
    }

    private static void Ping(Table table, IReadOnlyList<RpcAnswer> answers)
    {
        table.AddColumns("service", "instance", "version", "host", "process", "started at", "answered after");
        foreach (var answer in answers)
            Row(table, answer.Service, answer.Instance, answer.Version, answer.Host, answer.Text("process"), answer.Text("startedAt"), RpcAnswer.Time(answer.After.TotalMilliseconds));
    }

    // As text and not as markup: what stands in it comes from elsewhere.
    private static void Row(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(OneLine.Of(cell))));

    private static string Distinct<T>(IEnumerable<T> answers, Func<T, string> part) => string.Join(", ", answers.Select(part).Distinct().Order(StringComparer.Ordinal));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
