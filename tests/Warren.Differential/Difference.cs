namespace Warren.Differential;

/// <summary>A step after which clients of the two brokers had seen something else.</summary>
/// <param name="Script">The whole script.</param>
/// <param name="Index">Which of its steps; as many as there are steps when it showed at the end, where channels are closed and queues are emptied.</param>
/// <param name="Place">A connection, a channel, a consumer or a queue.</param>
/// <param name="Warren">What was seen there at Warren.</param>
/// <param name="RabbitMq">What was seen there at RabbitMQ.</param>
public sealed record Difference(Script Script, int Index, string Place, string Warren, string RabbitMq)
{
    /// <summary>The step, or null when it showed at the end.</summary>
    public Step? Step => Index < Script.Steps.Count ? Script.Steps[Index] : null;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Script}\n# after '{Step?.ToString() ?? "the end"}', {Place}:\n#   Warren:   {Indented(Warren)}\n#   RabbitMQ: {Indented(RabbitMq)}\n";

    private static string Indented(string lines) => lines.Length == 0 ? "nothing" : lines.Replace("\n", "\n#             ", StringComparison.Ordinal);
}
