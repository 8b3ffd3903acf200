using MassTransit;

namespace Stock;

public sealed record CheckStock(string Article);

public sealed record StockLevel(int Count);

public sealed record UnknownArticle(string Article);

public sealed class CheckStockConsumer(Shelves shelves) : IConsumer<CheckStock>
{
    public async Task Consume(ConsumeContext<CheckStock> context)
    {
        if (shelves.Count(context.Message.Article) is { } count)
            await context.RespondAsync(new StockLevel(count));
        else
            await context.RespondAsync(new UnknownArticle(context.Message.Article));
    }
}

public sealed record StockChanged(string Article, int Count);

public sealed class StockChangedConsumer(Shelves shelves) : IConsumer<StockChanged>
{
    public Task Consume(ConsumeContext<StockChanged> context)
    {
        shelves.Set(context.Message.Article, context.Message.Count);
        return Task.CompletedTask;
    }
}
