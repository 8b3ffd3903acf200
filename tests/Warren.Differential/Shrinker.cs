namespace Warren.Differential;

/// <summary>Makes a script that shows a difference as short as it still shows one.</summary>
/// <param name="comparison">Where to try.</param>
/// <param name="isSame">Which differences count; a tolerated one that turns up on the way does not.</param>
internal sealed class Shrinker(Comparison comparison, Func<Difference, bool> isSame)
{
    public Difference Shrink(Difference difference)
    {
        difference = Cut(difference);
        for (var before = int.MaxValue; difference.Script.ToString().Length < before;)
        {
            before = difference.Script.ToString().Length;
            difference = WithoutSteps(difference);
            difference = WithoutFields(difference);
        }
        return difference;
    }

    // What comes after the step that shows it.
    private Difference Cut(Difference difference) =>
        difference.Step is null ? difference : Try(difference.Script.Without(difference.Index + 1, int.MaxValue / 2)) ?? difference;

    private Difference WithoutSteps(Difference difference)
    {
        for (var size = Math.Max(1, difference.Script.Steps.Count / 2); size > 0; size /= 2)
        {
            for (var first = difference.Script.Steps.Count - size; first >= 0; first -= size)
            {
                if (first + size <= difference.Script.Steps.Count)
                    difference = Try(difference.Script.Without(first, size)) ?? difference;
            }
        }
        return difference;
    }

    private Difference WithoutFields(Difference difference)
    {
        for (var i = difference.Script.Steps.Count - 1; i >= 0; i--)
        {
            for (var field = difference.Script.Steps[i].Fields.Count - 1; field >= 0; field--)
            {
                var step = difference.Script.Steps[i];
                if (step.Fields[field].Name is "type" or "delivery" or "method")
                    continue;
                difference = Try(difference.Script.With(i, step with { Fields = [.. step.Fields.Where((_, n) => n != field)] })) ?? difference;
                if (i >= difference.Script.Steps.Count)
                    break;
            }
        }
        return difference;
    }

    private Difference? Try(Script script) => comparison.Run(script) is { } difference && isSame(difference) ? difference : null;
}
